import { AccountDesk as RealAccountDesk } from "../../src/objects/account-desk.ts";

/** How far ahead the desks' clock is. Tests run in the isolate of the objects, and timers of the runtime cannot be put forward. */
export const deskClock = { aheadMs: 0 };

export class AccountDesk extends RealAccountDesk {
  protected override now(): number {
    return Date.now() + deskClock.aheadMs;
  }
}

export default { fetch: () => new Response(null, { status: 404 }) };
