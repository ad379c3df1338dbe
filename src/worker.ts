import { app } from "./app.ts";
import { consumeDispatch } from "./consumers/dispatch.ts";
import { housekeeping } from "./consumers/housekeeping.ts";
import type { Env } from "./env.ts";
import { gatewayOf } from "./wiring.ts";

export { AccountDesk } from "./objects/account-desk.ts";

export default {
  fetch: app.fetch,
  queue: consumeDispatch,
  scheduled: async ({ scheduledTime }, env) => housekeeping(gatewayOf(env), scheduledTime),
} satisfies ExportedHandler<Env>;
