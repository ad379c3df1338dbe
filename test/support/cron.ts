import type { Cron } from "../../src/consumers/triggers.ts";
import type { TestGateway } from "./gateway.ts";

/** Cron does not fire locally: the test says which trigger of wrangler.toml fires, and when that is. */
export async function runCron(gateway: TestGateway, cron: Cron, scheduledTime: Date): Promise<void> {
  const worker = await gateway.miniflare.getWorker();
  const { outcome } = await worker.scheduled({ cron, scheduledTime });
  if (outcome !== "ok") throw new Error(`${cron} ended with ${outcome}`);
}
