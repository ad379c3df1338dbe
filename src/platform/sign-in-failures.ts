import { leastRecentlyUsed } from "../domain/least-recently-used.ts";
import { ADDRESSES_TURNED_AWAY_KEPT, SIGN_IN_FAILURES_PERIOD_MS } from "../domain/limits.ts";

/**
 * Failed sign-ins are counted by login, and those with a login that is nobody's also by the client's address, since made-up logins
 * are never the same twice. The counter can only be asked by counting, so which addresses it refused is remembered here.
 */
export type SignInFailures = {
  /** Whether too many of this address's logins were nobody's in the last minute. */
  turnsAway(address: string, nowMs: number): boolean;
  /** @param address when the login is nobody's. @returns whether there were too many. */
  count(login: string, address: string | null, nowMs: number): Promise<boolean>;
};

export function signInFailures(counter: RateLimit): SignInFailures {
  const turnedAwayUntilMs = leastRecentlyUsed<number>(ADDRESSES_TURNED_AWAY_KEPT);
  const isOverLimit = async (key: string): Promise<boolean> => !(await counter.limit({ key })).success;
  return {
    turnsAway: (address, nowMs) => nowMs < (turnedAwayUntilMs.get(address) ?? 0),
    async count(login, address, nowMs) {
      if (address === null) return isOverLimit(login);
      const [loginIsOver, addressIsOver] = await Promise.all([isOverLimit(login), isOverLimit(`address/${address}`)]);
      if (addressIsOver) turnedAwayUntilMs.set(address, nowMs + SIGN_IN_FAILURES_PERIOD_MS);
      return loginIsOver || addressIsOver;
    },
  };
}
