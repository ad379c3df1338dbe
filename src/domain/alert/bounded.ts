import type { Alert } from "../alert.ts";

/** Ours: a publisher that is down fails a thousand invocations a second, and the twentieth alert tells nothing that the first did not. */
const ALERTS_OF_A_KIND = 20;
/** Ours: texts are one or two sentences; this only keeps a strange one from being more. */
const ALERT_TEXT_CHARACTERS = 1_000;

type Bounded = Pick<Alert, "account_sid" | "error_code" | "service_sid" | "alert_text">;

/**
 * The first of each kind (account, code, add-on), in their order; the last of them says how many more there were. The same list comes
 * out the same again.
 */
export function bounded<A extends Bounded>(alerts: readonly A[]): A[] {
  const counts = new Map<string, number>();
  const kept = alerts.flatMap((alert) => {
    const kind = kindOf(alert);
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count <= ALERTS_OF_A_KIND ? [{ alert, kind, isLast: count === ALERTS_OF_A_KIND }] : [];
  });
  return kept.map(({ alert, kind, isLast }) => {
    const more = isLast ? (counts.get(kind) ?? 0) - ALERTS_OF_A_KIND : 0;
    const text = alert.alert_text.slice(0, ALERT_TEXT_CHARACTERS);
    return { ...alert, alert_text: more > 0 ? `${text} There were ${more} more of this kind at the same time.` : text };
  });
}

const kindOf = ({ account_sid, error_code, service_sid }: Bounded): string => `${account_sid}/${error_code}/${service_sid ?? ""}`;
