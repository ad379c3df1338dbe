import type { Unsound } from "../../src/domain/billing/desk.ts";
import type { HoldReply, HoldRequest, SettleHoldReply, SettleHoldRequest } from "../../src/domain/billing/hold.ts";
import type { Env } from "../../src/env.ts";
import { AccountDesk as RealAccountDesk } from "../../src/objects/account-desk.ts";
import { RecordingInvocation as RealRecordingInvocation } from "../../src/objects/recording-invocation.ts";
import { gatewayEnv } from "./gateway-env.ts";

/**
 * The runtime's timers and its D1 cannot be told to misbehave, so the objects of these tests can: tests run in the isolate of the
 * objects and reach this.
 */
export const deskWorld = {
  /** How far ahead the objects' clock is. */
  aheadMs: 0,
  /** D1 does its work, and the desk hears an error instead. */
  losesFlushReplies: false,
  /** The desk does as it was asked, and whoever asked hears an error instead. */
  losesHoldReplies: false,
  losesSettleReplies: false,
};

export class AccountDesk extends RealAccountDesk {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, { ...env, DB: lossy(env.DB) });
  }

  protected override now(): number {
    return Date.now() + deskWorld.aheadMs;
  }

  override async hold(request: HoldRequest): Promise<HoldReply | Unsound> {
    const reply = await super.hold(request);
    if (deskWorld.losesHoldReplies) throw new Error("Network connection lost.");
    return reply;
  }

  override async settleHold(request: SettleHoldRequest): Promise<SettleHoldReply> {
    const reply = await super.settleHold(request);
    if (deskWorld.losesSettleReplies) throw new Error("Network connection lost.");
    return reply;
  }
}

export class RecordingInvocation extends RealRecordingInvocation {
  constructor(ctx: DurableObjectState, _env: Env) {
    super(ctx, gatewayEnv);
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
