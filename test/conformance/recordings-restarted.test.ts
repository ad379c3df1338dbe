import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, until, type TestGateway } from "../support/gateway.ts";
import { startRecordingMarketplace, type RecordingMarketplace } from "../support/recording-marketplace.ts";

/** The first retries come after 5 s; the rest is this machine's. */
const CONTINUED_MS = 30_000;

describe("a gateway that ends with work before it", () => {
  let market: RecordingMarketplace;
  let restarted: TestGateway | undefined;
  let stateDir: string;
  const vars = { OPERATOR_ACCOUNT_SID: `AC${randomBytes(16).toString("hex")}`, OPERATOR_AUTH_TOKEN: randomBytes(16).toString("hex"), ENCRYPTION_KEY: `k1:${randomBytes(32).toString("base64")}` };

  beforeAll(async () => {
    stateDir = await mkdtemp(resolve(tmpdir(), "dipswitch-restarted-"));
    market = await startRecordingMarketplace(vars, stateDir);
  });
  afterAll(async () => {
    await restarted?.stop();
    await market.stop();
    await rm(stateDir, { recursive: true, force: true });
    expect(market.violations()).toEqual([]);
  });

  it("sends the audio again that was not accepted, and relays again what was not taken, when it is started again", { timeout: 3 * CONTINUED_MS }, async () => {
    let isReady = false;
    const unsent = await market.sendWithRelay({ respond: (_audio, response) => void response.writeHead(isReady ? 202 : 503).end() });
    const untold = await market.sendWithRelay();
    untold.webhook.onRaw("/results", (_request, response) => void response.writeHead(isReady ? 204 : 500).end());
    expect((await market.publisher.callBack(await market.audioOf(untold), { text: "hello" })).status).toBe(200);
    await until("its relay has failed", () => untold.webhook.requestsTo("/results").length === 1);
    const [first] = await market.received(unsent);

    await market.gateway.stop();
    isReady = true;
    restarted = await startGateway(vars, stateDir);

    const sent = await until("the audio comes again", () => market.publisher.received.filter(({ url }) => url.pathname === unsent.path)[1], CONTINUED_MS);
    expect([sent.requestSid, sent.body.equals(first?.body ?? Buffer.alloc(0))]).toEqual([first?.requestSid, true]);
    const again = await until("the result is told again", () => untold.webhook.requestsTo("/results")[1], CONTINUED_MS);
    expect(again.headers["i-twilio-idempotency-token"]).toBe(untold.webhook.requestsTo("/results")[0]?.headers["i-twilio-idempotency-token"]);
    expect((await market.publisher.callBack(sent, { text: "hello" })).status).toBe(200);
    await until("that is told too", () => unsent.webhook.requestsTo("/results").length === 1, CONTINUED_MS);
  });
});
