import type { DeskEvent } from "../../../src/domain/billing/desk.ts";
import type { Env } from "../../../src/env.ts";
import { AccountDesk as RealAccountDesk } from "../../../src/objects/account-desk.ts";
import { deskOf } from "../../../src/platform/account-desk.ts";

/** As many requests of one account as are settled at a time. */
const SETTLED_AT_ONCE = 32;

/** The gateway's own, but that it carries nothing to D1 until it is told to: that is what is timed. */
export class AccountDesk extends RealAccountDesk {
  override async alarm(): Promise<void> {}
}

type Desk = ReturnType<typeof deskOf>;

async function settleAll(desk: Desk, requests: DeskEvent[][]): Promise<void> {
  const queue = requests.values();
  const settleSome = async (): Promise<void> => {
    for (const events of queue) {
      const { kind } = await desk.settle({ begunAtMs: Date.now(), events });
      if (kind !== "ok") throw new Error(`the desk answered ${kind}`);
    }
  };
  await Promise.all(Array.from({ length: SETTLED_AT_ONCE }, settleSome));
}

async function answer(call: string, desk: Desk, body: unknown): Promise<unknown> {
  switch (call) {
    case "grant":
      return desk.grant(body as Parameters<Desk["grant"]>[0]);
    case "settle":
      return settleAll(desk, body as DeskEvent[][]);
    case "flush":
      return desk.flush();
    case "inspect":
      return desk.inspect();
    default:
      throw new Error(`no call named ${call}`);
  }
}

/** `POST /{account}/{call}`, with what the desk is told as JSON. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [accountSid = "", call = ""] = new URL(request.url).pathname.slice(1).split("/");
    return Response.json((await answer(call, deskOf(env.ACCOUNT_DESK, accountSid), await request.json())) ?? null);
  },
};
