import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { housekeeping } from "../../src/consumers/housekeeping.ts";
import type { Settings } from "../../src/env.ts";

const ANY_KEYS: Settings["encryptionKeys"] = { current: { id: "k1", bytes: new Uint8Array(32) }, previous: null };

/** Runs housekeeping. @returns what it logged, by event. */
export async function houseKept(nowMs: number, encryptionKeys = ANY_KEYS, d1: D1Database = env.DB): Promise<Record<string, unknown>> {
  const logged = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    await housekeeping({ d1, settings: { encryptionKeys } as Settings }, nowMs);
    return Object.fromEntries(logged.mock.calls.map(([line]) => JSON.parse(line)).map(({ event, ...line }) => [event, line]));
  } finally {
    logged.mockRestore();
  }
}
