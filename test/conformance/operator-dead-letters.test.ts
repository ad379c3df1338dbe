import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, until, type Login, type TestGateway } from "../support/gateway.ts";

type DeadLetter = { sid: string; message: string; deaths: number; date_redelivered: string | null; url: string };

/** Six deliveries, each of which waits for its batch. */
const GIVEN_UP_MS = 60_000;

describe("messages that the queue gives up", () => {
  let gateway: TestGateway;
  let developer: Login;

  beforeAll(async () => {
    gateway = await startGateway();
    developer = await gateway.account("Developer");
  });
  afterAll(() => gateway.stop());

  const list = async (): Promise<DeadLetter[]> => (await gateway.call<{ dead_letters: DeadLetter[] }>(gateway.operator, "GET", "/v1/Operator/DeadLetters")).body.dead_letters;

  it("are seen by the operator alone, and can be sent again", { timeout: 3 * GIVEN_UP_MS }, async () => {
    // As a newer version may have queued it, which nobody here knows.
    const message = { v: 9, kind: "unheard of", xr: `XR${"0".repeat(32)}` };
    const queue = await gateway.miniflare.getQueueProducer<typeof message>("DISPATCH");
    await queue.send(message);
    const [dead] = await until("it is given up", async () => (await list()).length > 0 && list(), GIVEN_UP_MS);
    expect(dead).toEqual({
      sid: expect.stringMatching(/^DL[0-9a-f]{32}$/),
      message: JSON.stringify(message),
      deaths: 1,
      date_redelivered: null,
      date_created: expect.any(String),
      date_updated: expect.any(String),
      url: `${gateway.url}/v1/Operator/DeadLetters/${dead?.sid}`,
    });
    const path = `/v1/Operator/DeadLetters/${dead?.sid}`;
    for (const [method, target] of [["GET", "/v1/Operator/DeadLetters"], ["GET", path], ["POST", `${path}/Redeliver`]] as const) {
      expect((await gateway.call(developer, method, target)).status).toBe(403);
    }

    const again = await gateway.call<DeadLetter>(gateway.operator, "POST", `${path}/Redeliver`);
    expect([again.status, again.body.date_redelivered]).toEqual([202, expect.any(String)]);
    const twice = await until("it is given up again", async () => (await list()).find(({ deaths }) => deaths === 2), GIVEN_UP_MS);
    expect(twice).toMatchObject({ sid: dead?.sid, date_redelivered: null });
    expect((await gateway.call(gateway.operator, "GET", `/v1/Operator/DeadLetters/DL${"0".repeat(32)}`)).status).toBe(404);
  });
});
