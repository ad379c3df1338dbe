import type { LogLevel } from "../alert.ts";
import type { AttemptRecord, InvocationRecord } from "../billing/invocation-record.ts";
import { ERROR_CODES, type ErrorCode } from "../error-code.ts";
import { countsAgainstSla } from "../failure.ts";
import { logLevelOf } from "./log-level.ts";
import type { AlertDraft } from "./stored-alert.ts";

type Side = "developer" | "publisher";
type Finding = { code: ErrorCode; level: LogLevel; text: string; tells: readonly Side[] };

const BOTH = ["developer", "publisher"] as const;

/**
 * What the two sides of an invocation should know of it. Guide, "Responses": every 4xx and 5xx is logged "in the error reporting
 * system", which is this, also one that a retry made good. Neither side's text has anything of the other: a failure's detail has no number,
 * no text and no address.
 */
export function invocationAlerts(record: InvocationRecord): AlertDraft[] {
  return findingsOf(record).flatMap((finding) => sidesOf(finding, record).map((side) => draftOf(finding, side, record)));
}

function findingsOf({ code, failure: kind, detail, warning, attempts }: InvocationRecord): Finding[] {
  const findings: Finding[] = [];
  if (code !== null) {
    findings.push({ code, level: logLevelOf(code), text: textOf(code, detail, attempts), tells: isForPublisher(code, kind) ? BOTH : ["developer"] });
  }
  if (!countsAgainstSla(code, kind) && attempts.some(({ failure }) => failure === "server_error")) {
    findings.push({ code: 61002, level: "warning", text: textOf(61002, "The request was sent again.", attempts), tells: BOTH });
  }
  if (code === null && warning !== null) {
    // The answer was taken: a warning, although the public list has this code as an error.
    findings.push({ code: 12300, level: "warning", text: textOf(12300, warning, []), tells: ["publisher"] });
  }
  return findings;
}

/** What it can mend: what counts against its service level, and answers that are not what it promised. */
const isForPublisher = (code: ErrorCode, kind: InvocationRecord["failure"]): boolean => countsAgainstSla(code, kind) || code === 61004;

/** With several attempts, each one's status or kind of failure, as either side finds it in the invocation's log. */
function textOf(code: ErrorCode, detail: string | null, attempts: readonly AttemptRecord[]): string {
  const { title } = ERROR_CODES[code];
  const course = attempts.map(({ status, failure }) => status ?? failure?.replaceAll("_", " ") ?? "unknown");
  const parts = [title, detail, course.length > 1 ? `Attempts: ${course.join(", ")}` : null];
  return parts.filter((part) => part !== null).map((part) => (part.endsWith(".") ? part : `${part}.`)).join(" ");
}

/** One account may be both sides. It is told once, as the publisher, who sees more. */
function sidesOf({ tells }: Finding, { account_sid, publisher_sid }: InvocationRecord): readonly Side[] {
  if (publisher_sid === null) return tells.filter((side) => side === "developer");
  return account_sid === publisher_sid && tells.includes("publisher") ? ["publisher"] : tells;
}

function draftOf({ code, level, text }: Finding, side: Side, record: InvocationRecord): AlertDraft {
  return {
    v: 1,
    seed: `${record.request_sid}/${side}/${code}`,
    account_sid: side === "publisher" ? (record.publisher_sid ?? record.account_sid) : record.account_sid,
    error_code: code,
    log_level: level,
    alert_text: text,
    request_method: null,
    request_url: null,
    resource_sid: record.request_sid,
    service_sid: record.add_on_sid,
    generated_at_ms: record.started_at_ms + record.duration_ms,
    // The version whose request this account may see, since it is its own.
    version_sid: side === "publisher" ? record.version_sid : null,
  };
}
