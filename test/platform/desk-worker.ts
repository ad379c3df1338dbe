import type { Env } from "../../src/env.ts";
import { AccountDesk as RealAccountDesk } from "../../src/objects/account-desk.ts";

/**
 * The runtime's timers and its D1 cannot be told to misbehave, so the desks of these tests can: tests run in the isolate of the
 * objects and reach this.
 */
export const deskWorld = {
  /** How far ahead the desks' clock is. */
  aheadMs: 0,
  /** D1 does its work, and the desk hears an error instead. */
  losesFlushReplies: false,
};

export class AccountDesk extends RealAccountDesk {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, { ...env, DB: lossy(env.DB) });
  }

  protected override now(): number {
    return Date.now() + deskWorld.aheadMs;
  }
}

function lossy(db: D1Database): D1Database {
  return new Proxy(db, {
    get(target, name: keyof D1Database) {
      if (name !== "batch") return target[name].bind(target);
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements);
        if (deskWorld.losesFlushReplies) throw new Error("D1_ERROR: Network connection lost.");
        return results;
      };
    },
  });
}

export default { fetch: () => new Response(null, { status: 404 }) };
