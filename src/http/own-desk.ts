import { deskOf } from "../platform/account-desk.ts";
import type { AppContext } from "./context.ts";

/** A caller reads what it just did. A desk that cannot reach D1 makes the log late, not unreadable. */
export async function flushOwnDesk(c: AppContext): Promise<void> {
  await deskOf(c.var.gateway.desks, c.var.accountSid).flush();
}
