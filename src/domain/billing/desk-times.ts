import { SETTLED_KEPT_MS } from "../limits.ts";

/**
 * How long after its beginning a settlement's messages are taken, however late they arrive. The desk remembers each of its
 * invocations for longer (by as much as clocks may differ), so up to then what it does not know is new.
 */
export const SETTLEMENT_TAKEN_MS = SETTLED_KEPT_MS - 5_000;

/** A caller starts no further attempt of a settlement after this. */
export const SETTLE_BUDGET_MS = 10_000;
/** One call of the desk without a reply counts as lost after this. */
export const DESK_REPLY_MS = 2_000;
/** Platform: work after the answer has 30 s. A void that got no reply is sent again for this long. */
export const VOID_BUDGET_MS = 25_000;

/** A second request with the same key waits in the desk for the first one's answer, this long in one call. */
export const CLAIM_WAIT_MS = 5_000;
/** So many of them in one desk; further ones ask again. */
export const CLAIM_WAITERS_MAX = 500;
