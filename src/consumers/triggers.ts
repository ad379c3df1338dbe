import { log } from "../platform/log.ts";

/** Every cron trigger that wrangler.toml declares. */
export const CRONS = ["* * * * *", "*/10 * * * *"] as const;

export type Cron = (typeof CRONS)[number];

/** @throws for a trigger that nobody here knows, so that the platform too has the run as a failed one. */
export function requireCron(text: string): Cron {
  const cron = CRONS.find((declared) => declared === text);
  if (cron !== undefined) return cron;
  log({ event: "unknown_cron", cron: text });
  throw new Error(`nothing is to be done for the cron trigger ${text}`);
}
