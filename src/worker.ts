import { app } from "./app.ts";
import { sendAlertNotices } from "./consumers/alert-notices.ts";
import { consumeDispatch } from "./consumers/dispatch.ts";
import { housekeeping } from "./consumers/housekeeping.ts";
import type { Env } from "./env.ts";
import { gatewayOf } from "./wiring.ts";

export { AccountDesk } from "./objects/account-desk.ts";

/** As wrangler.toml has it; every other trigger is housekeeping's. */
const EVERY_MINUTE = "* * * * *";

export default {
  fetch: app.fetch,
  queue: consumeDispatch,
  scheduled: async ({ cron, scheduledTime }, env) => (cron === EVERY_MINUTE ? sendAlertNotices : housekeeping)(gatewayOf(env), scheduledTime),
} satisfies ExportedHandler<Env>;
