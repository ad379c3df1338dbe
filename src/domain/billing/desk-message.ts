import { IDEMPOTENT_ANSWER_BYTES } from "../limits.ts";
import type { HoldRequest } from "./hold.ts";
import type { FinishRequest } from "./claim.ts";
import type { SettleRequest, VoidRequest } from "./desk.ts";

/** Ours: one request's invocations, several times what twelve add-ons make. A row of the platform's SQLite is at most 2 MB. */
const EVENTS_MAX = 100;
const RECORDS_CHARACTERS = 256 * 1024;
/** Ours: an alert for each URL that was called, and one of its own kind, with room. */
const ALERTS_MAX = 8;
const ALERTS_CHARACTERS = 64 * 1024;

/** How much one message adds to a commit. */
export function recordsCharacters({ events }: SettleRequest | VoidRequest): number {
  return events.reduce((sum, event) => sum + event.record.length, 0);
}

/**
 * Checked before a message reaches the commit that it shares with others, where it must not fail.
 * @returns what is wrong with it, which only a bug of ours can bring about; null when nothing is.
 */
export function problemOfMessage(message: SettleRequest | VoidRequest): string | null {
  const { events } = message;
  if (events.length > EVENTS_MAX) return `${events.length} events are more than ${EVENTS_MAX}`;
  if (recordsCharacters(message) > RECORDS_CHARACTERS) return `the records are longer than ${RECORDS_CHARACTERS} characters`;
  if (new Set(events.map((event) => event.xr)).size < events.length) return "a request SID occurs twice";
  const mispriced = events.find(({ priceMicros }) => !isAmount(priceMicros));
  if (mispriced !== undefined) return `the price of ${mispriced.xr} is not a whole number of micro-dollars`;
  if (!("keyed" in message) || message.keyed === undefined) return null;
  return problemOfAnswer("answer" in message.keyed ? message.keyed.answer : message.keyed.progress);
}

const isAmount = (micros: number): boolean => Number.isSafeInteger(micros) && micros >= 0;

/** The same for what is to be held. */
export function problemOfHold({ xr, micros, cap }: HoldRequest): string | null {
  if (!isAmount(micros)) return `what is to be held for ${xr} is not a whole number of micro-dollars`;
  return cap !== undefined && !isAmount(cap.limitMicros) ? `the cap of ${cap.installSid} is not a whole number of micro-dollars` : null;
}

/** The same for the end of a run. */
export function problemOfFinish({ answer, alerts }: FinishRequest): string | null {
  if (alerts.length > ALERTS_MAX) return `${alerts.length} alerts are more than ${ALERTS_MAX}`;
  if (alertsCharacters(alerts) > ALERTS_CHARACTERS) return `the alerts are longer than ${ALERTS_CHARACTERS} characters`;
  return answer === null ? null : problemOfAnswer(answer);
}

export const alertsCharacters = (alerts: readonly string[]): number => alerts.reduce((sum, alert) => sum + alert.length, 0);

const problemOfAnswer = (answer: Uint8Array): string | null =>
  answer.byteLength > IDEMPOTENT_ANSWER_BYTES ? `the answer is larger than ${IDEMPOTENT_ANSWER_BYTES} bytes` : null;
