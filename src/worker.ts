import { app } from "./app.ts";
import type { Env } from "./env.ts";

export { AccountDesk } from "./objects/account-desk.ts";

export default {
  fetch: app.fetch,
} satisfies ExportedHandler<Env>;
