import { describe, expect, it } from "vitest";
import { signInFailures } from "../../src/platform/sign-in-failures.ts";

const LIMIT = 30;
const NOW = 1_800_000_000_000;

/** Counts as Cloudflare's does, within one period. */
function failures() {
  const counts = new Map<string, number>();
  return signInFailures({
    limit({ key }: { key: string }) {
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return Promise.resolve({ success: count <= LIMIT });
    },
  });
}

describe("failed sign-ins", () => {
  it("with logins that are nobody's count by address, which is turned away for a minute then", async () => {
    const signIns = failures();
    const answers: boolean[] = [];
    for (let count = 0; count <= LIMIT; count += 1) {
      expect(signIns.turnsAway("192.0.2.1", NOW)).toBe(false);
      answers.push(await signIns.count(`AC${count}`, "192.0.2.1", NOW));
    }
    expect(answers).toEqual([...Array.from({ length: LIMIT }, () => false), true]);
    expect([0, 59_999, 60_000].map((offsetMs) => signIns.turnsAway("192.0.2.1", NOW + offsetMs))).toEqual([true, true, false]);
    expect(signIns.turnsAway("192.0.2.2", NOW)).toBe(false);
  });

  it("with an account's login count by the login alone", async () => {
    const signIns = failures();
    for (let count = 0; count < LIMIT; count += 1) expect(await signIns.count("AC1", null, NOW)).toBe(false);
    expect(await signIns.count("AC1", null, NOW)).toBe(true);
    expect(await signIns.count("AC2", null, NOW)).toBe(false);
    expect(signIns.turnsAway("192.0.2.1", NOW)).toBe(false);
  });
});
