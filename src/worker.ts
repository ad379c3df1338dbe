import { app } from "./app.ts";
import { sendAlertNotices } from "./consumers/alert-notices.ts";
import { bookkeeping } from "./consumers/bookkeeping.ts";
import { consumeDeadMessages } from "./consumers/dead-messages.ts";
import { consumeDispatch } from "./consumers/dispatch.ts";
import { housekeeping } from "./consumers/housekeeping.ts";
import { deleteLeftoverAudio } from "./consumers/leftover-audio.ts";
import { wakeOverdueRecordings } from "./consumers/overdue-recordings.ts";
import { requireCron, type Cron } from "./consumers/triggers.ts";
import type { Env } from "./env.ts";
import { gatewayOf, type Gateway } from "./wiring.ts";

export { AccountDesk } from "./objects/account-desk.ts";
export { RecordingInvocation } from "./objects/recording-invocation.ts";

const CRON_TASKS: Record<Cron, (gateway: Gateway, scheduledMs: number) => Promise<void>> = {
  "* * * * *": async (gateway, scheduledMs) => {
    await Promise.all([sendAlertNotices(gateway, scheduledMs), wakeOverdueRecordings(gateway, scheduledMs)]);
  },
  "*/10 * * * *": async (gateway, scheduledMs) => {
    await Promise.all([housekeeping(gateway, scheduledMs), deleteLeftoverAudio(gateway, scheduledMs), bookkeeping(gateway, scheduledMs)]);
  },
};

export default {
  fetch: app.fetch,
  queue: (batch, env) => (batch.queue.endsWith("-dead-letters") ? consumeDeadMessages(batch, env) : consumeDispatch(batch, env)),
  scheduled: async ({ cron, scheduledTime }, env) => CRON_TASKS[requireCron(cron)](gatewayOf(env), scheduledTime),
} satisfies ExportedHandler<Env>;
