import { ERROR_CODES, type ErrorCode } from "../domain/error-code.ts";
import type { Refusal } from "../domain/refusal.ts";

/** A refusal on its way to the one error handler. Thrown at the edge only; decisions return refusals. */
export class RefusedError extends Error {
  override name = "RefusedError";
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.kind);
    this.refusal = refusal;
  }
}

export function refuse(refusal: Refusal): never {
  throw new RefusedError(refusal);
}

/** For a resource that may not be there: the same answer whether it does not exist or belongs to somebody else. */
export function required<T>(value: T | null | undefined, what: string, sid: string): T {
  return value ?? refuse({ kind: "not_found", message: notFoundMessage(what, sid) });
}

/** What is no SID or name could be anything, a phone number too, so it is not repeated. */
export const notFoundMessage = (what: string, sid: string): string => (/^(?:\d{1,5}|[A-Za-z][\w-]{0,63})$/.test(sid) ? `The ${what} ${sid} was not found` : `The ${what} was not found`);

/** The one map from a refusal to the wire. */
const ANSWERS: Record<Exclude<Refusal["kind"], "webhook_failed">, { code: ErrorCode; status: number }> = {
  invalid: { code: 20001, status: 400 },
  not_found: { code: 20404, status: 404 },
  conflict: { code: 20409, status: 409 },
  forbidden: { code: 20403, status: 403 },
  unauthenticated: { code: 20003, status: 401 },
  test_credentials: { code: 20008, status: 403 },
  account_not_active: { code: 20005, status: 403 },
  too_many_requests: { code: 20429, status: 429 },
  gone: { code: 20410, status: 410 },
  too_large: { code: 20413, status: 413 },
  length_required: { code: 20411, status: 411 },
  unsupported_encoding: { code: 20415, status: 415 },
  url_too_long: { code: 20413, status: 414 },
  range_not_satisfiable: { code: 20001, status: 416 },
  page_size: { code: 20007, status: 400 },
  page_token: { code: 21481, status: 400 },
  method_not_allowed: { code: 20004, status: 405 },
  upgrade_required: { code: 20426, status: 426 },
  unavailable: { code: 20503, status: 503 },
  internal: { code: 20500, status: 500 },
};

const answerOf = (refusal: Refusal): { code: ErrorCode; status: number } => (refusal.kind === "webhook_failed" ? { code: refusal.code, status: 502 } : ANSWERS[refusal.kind]);

export const codeOf = (refusal: Refusal): ErrorCode => answerOf(refusal).code;

export function errorAnswer(refusal: Refusal, publicUrl: string): Response {
  const { code, status } = answerOf(refusal);
  const body = {
    code,
    message: messageOf(refusal, code),
    more_info: `${publicUrl}/docs/errors/${code}`,
    status,
    ...(refusal.kind === "invalid" && refusal.problems !== undefined ? { details: { problems: refusal.problems } } : {}),
  };
  return Response.json(body, { status, headers: headersOf(refusal) });
}

function messageOf(refusal: Refusal, code: ErrorCode): string {
  if (refusal.kind === "account_not_active") return `The account ${refusal.accountSid} is not active`;
  if (refusal.kind === "range_not_satisfiable") return `Range must begin within the ${refusal.sizeBytes} bytes that there are`;
  return "message" in refusal ? refusal.message : ERROR_CODES[code].title;
}

function headersOf(refusal: Refusal): Record<string, string> {
  if (refusal.kind === "unauthenticated") return { "WWW-Authenticate": 'Basic realm="Dipswitch API"' };
  if (refusal.kind === "method_not_allowed") return { Allow: refusal.allowed.join(", ") };
  // RFC 9110, 15.5.17.
  if (refusal.kind === "range_not_satisfiable") return { "Content-Range": `bytes */${refusal.sizeBytes}` };
  if ("retryAfterSeconds" in refusal) return { "Retry-After": String(refusal.retryAfterSeconds) };
  return {};
}
