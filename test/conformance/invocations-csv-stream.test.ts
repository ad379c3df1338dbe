import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorization, startGateway, until, type Login, type TestGateway } from "../support/gateway.ts";
import { storeInvocations } from "../support/logged-rows.ts";

const ROWS = 30_000;
/** Far at the end of the file, which has its newest rows first. */
const OLDEST = 500;

/** 60 MB in all: much more than the sockets between hold. */
const DETAIL = "x".repeat(1_700);

/** Without the header. */
const linesOf = (text: string): string[] => text.split("\r\n").slice(1, -1);

describe("a large file of invocations", () => {
  let gateway: TestGateway;
  let developer: Login;
  let db: Awaited<ReturnType<TestGateway["miniflare"]["getD1Database"]>>;
  let oldest: string[];

  beforeAll(async () => {
    gateway = await startGateway();
    developer = await gateway.account("Developer");
    const publisher = await gateway.account("Publisher");
    db = await gateway.miniflare.getD1Database("DB");
    const stored = await storeInvocations(gateway, { developer, publisher, count: ROWS, startMs: Date.UTC(2026, 0, 1), everyMs: 10, texts: { detail: DETAIL } });
    oldest = stored.slice(0, OLDEST);
  });
  afterAll(() => gateway.stop());

  const request = (): Promise<Response> => fetch(`${gateway.url}/v1/Invocations.csv?Start=2026-01-01&End=2026-01-31`, { headers: authorization(developer) });

  /** A client that has the beginning, and takes the rest when it is asked for it. */
  async function begin() {
    const { status, body } = await request();
    if (status !== 200 || body === null) throw new Error(`no file: ${status}`);
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let text = decoder.decode((await reader.read()).value, { stream: true });
    return {
      soFar: () => text,
      async rest(): Promise<string> {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return text;
          text += decoder.decode(value, { stream: true });
        }
      },
    };
  }

  it("is read from the log as fast as its client takes it: what is changed before its client goes on is in it as changed", async () => {
    const waiting = await begin();
    expect(waiting.soFar()).toMatch(/^sid,/);
    // While one client waits, another takes all of it: as long as it would take to read it ahead.
    expect(linesOf(await (await request()).text())).toHaveLength(ROWS);
    await db.prepare(`UPDATE invocations SET details = json_set(details, '$.detail', 'Changed meanwhile') WHERE sid IN (SELECT value FROM json_each(?1))`).bind(JSON.stringify(oldest)).run();

    const lines = linesOf(await waiting.rest());
    expect(lines).toHaveLength(ROWS);
    expect(lines.slice(-OLDEST).map((line) => line.slice(0, 34))).toEqual(oldest.toReversed());
    expect(lines.filter((line) => line.includes("Changed meanwhile"))).toEqual(lines.slice(-OLDEST));
  });

  it("breaks off when the log cannot be read any further, and never ends as if it were whole", async () => {
    const waiting = await begin();
    await db.prepare("ALTER TABLE invocations RENAME TO invocations_elsewhere").run();
    try {
      await expect(waiting.rest()).rejects.toThrow();
      expect(linesOf(waiting.soFar()).length).toBeLessThan(ROWS);
      const line = await until("it is logged", () => gateway.logs.find((text) => text.includes("file_broken_off")));
      expect(Object.keys(JSON.parse(line) as object).toSorted()).toEqual(["at", "error", "event", "request_sid"]);
      for (const personal of [developer.sid, "4546", DETAIL, "anagrams"]) expect(line).not.toContain(personal);
      // One that has not begun is an error like any other.
      expect(await gateway.call(developer, "GET", "/v1/Invocations.csv?Start=2026-01-01&End=2026-01-31")).toMatchObject({ status: 500, body: { code: 20500 } });
    } finally {
      await db.prepare("ALTER TABLE invocations_elsewhere RENAME TO invocations").run();
    }
    expect(linesOf(await (await request()).text())).toHaveLength(ROWS);
  });
});
