import { resolve } from "node:path";
import type { Miniflare } from "miniflare";
import { unstable_readConfig } from "wrangler";

/** Every trigger that wrangler.toml declares. */
export function declaredCrons(): string[] {
  return unstable_readConfig({ config: resolve(import.meta.dirname, "../wrangler.toml") }).triggers.crons ?? [];
}

/** Runs the Worker's scheduled handler as the platform would for this trigger. */
export async function runCron(miniflare: Miniflare, cron: string): Promise<void> {
  const worker = await miniflare.getWorker();
  const { outcome } = await worker.scheduled({ cron });
  if (outcome !== "ok") throw new Error(`the scheduled handler ended with ${outcome}`);
}

/**
 * Cron does not fire locally, so each trigger is poked once in `everyMs`, the rarer ones too: that does no harm, and a demo is short.
 * One that still runs is not started again; one that fails is told to `onError` and tried again in its turn.
 * @returns what ends it.
 */
export function pokeCrons(crons: readonly string[], run: (cron: string) => Promise<void>, everyMs: number, onError: (cron: string, error: unknown) => void): () => void {
  const running = new Set<string>();
  const poke = async (cron: string): Promise<void> => {
    if (running.has(cron)) return;
    running.add(cron);
    try {
      await run(cron);
    } catch (error) {
      onError(cron, error);
    } finally {
      running.delete(cron);
    }
  };
  const timer = setInterval(() => {
    for (const cron of crons) void poke(cron);
  }, everyMs);
  return () => clearInterval(timer);
}
