/** One thing that is wrong with a JSON document that a caller sent, at a JSON Pointer. */
export type Problem = { path: string; message: string };

/**
 * Why the gateway does not do what a caller asked. The edge maps each kind to its code and status; `message` is for the
 * caller and names the parameter, field or SID that it is about.
 */
export type Refusal =
  | { kind: "invalid"; parameter: string; message: string; problems?: Problem[] }
  | { kind: "not_found"; message: string }
  | { kind: "conflict"; message: string }
  | { kind: "forbidden"; message: string }
  | { kind: "unauthenticated" }
  | { kind: "test_credentials"; message: string }
  | { kind: "account_not_active"; accountSid: string }
  | { kind: "too_many_requests"; message: string; retryAfterSeconds: number }
  | { kind: "gone"; message: string }
  | { kind: "too_large"; message: string }
  | { kind: "length_required"; message: string }
  | { kind: "unsupported_encoding"; message: string }
  | { kind: "url_too_long"; message: string }
  | { kind: "range_not_satisfiable"; sizeBytes: number }
  | { kind: "page_size"; message: string }
  | { kind: "page_token"; message: string }
  | { kind: "method_not_allowed"; allowed: string[] }
  | { kind: "upgrade_required"; message: string }
  | { kind: "webhook_failed"; code: 11200 | 11750; message: string }
  | { kind: "unavailable"; message: string; retryAfterSeconds: number }
  | { kind: "internal"; message: string };
