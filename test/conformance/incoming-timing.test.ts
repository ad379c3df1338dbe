import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callTo, messageTo } from "../support/carrier.ts";
import { addOnsOf, type Handle } from "../support/developer-webhook.ts";
import { until } from "../support/gateway.ts";
import { answering, type Respond } from "../support/loopback-publisher.ts";
import type { LoggedInvocation, Offer } from "../support/marketplace.ts";
import type { OwnNumber } from "../support/phone-numbers.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";

const ADD_ON_MS = 2_000;
/** 100 ms of the gateway's own, and what a busy machine adds. */
const TOLERANCE_MS = 500;
const KINDS = ["message", "call"] as const;

const hang: Respond = () => undefined;
const after = (delayMs: number): Respond => (request, response, socket) => void setTimeout(() => void answering({ ok: true })(request, response, socket), delayMs);

describe("the time of a message or call", () => {
  let board: Switchboard;
  let number: OwnNumber;
  const hanging: Offer[] = [];
  const quick: Offer[] = [];
  const late: Offer[] = [];

  beforeAll(async () => {
    board = await startSwitchboard();
    number = await board.number("/hook");
    const offerOff = async (respond: Respond): Promise<Offer> => {
      const offer = await board.offerIncoming(respond);
      running = [offer];
      await only([]);
      return offer;
    };
    for (let count = 0; count < 7; count++) hanging.push(await offerOff(hang));
    for (let count = 0; count < 5; count++) quick.push(await offerOff(answering({ ok: true })));
    for (let count = 0; count < 2; count++) late.push(await offerOff(after(700)));
    await board.received("message", number);
  });
  afterAll(async () => {
    await board.stop();
    expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
    expect(board.publisher.waiting.most, "never more than six calls wait for headers").toBeLessThanOrEqual(6);
  });

  /** Of all that were offered, those that run now. */
  let running: Offer[] = [];
  /** Has these run and no others. */
  async function only(offers: Offer[]): Promise<void> {
    for (const extension of ["sms-incoming", "voice-incoming"]) {
      for (const offer of running) if (!offers.includes(offer)) await board.disable(offer, extension);
      for (const offer of offers) if (!running.includes(offer)) await board.enable(offer, extension);
    }
    running = offers;
  }

  async function timed(kind: (typeof KINDS)[number]) {
    const startedAtMs = Date.now();
    const { answer, request, addOns } = await board.received(kind, number);
    expect(answer.status).toBe(200);
    return { elapsedMs: answer.elapsedMs, webhookAfterMs: request.receivedAtMs - startedAtMs, codes: Object.values(addOns.results).map(({ code }) => code) };
  }

  it.each(KINDS)("is that of one add-on that hangs, 2,000 ms and no more, with five others that answer: %s [message-timeout, message-in-flow, phone-number-in-flow, phone-number-timeout]", async (kind) => {
    await only([hanging[0] ?? missing(), ...quick]);
    const { elapsedMs, webhookAfterMs, codes } = await timed(kind);
    expect([codes.length, codes.filter((code) => code !== null)]).toEqual([6, [61001]]);
    expect(webhookAfterMs).toBeGreaterThanOrEqual(ADD_ON_MS);
    expect(elapsedMs).toBeLessThan(ADD_ON_MS + TOLERANCE_MS);
  });

  it("is 2,000 ms for six that hang, and 4,000 ms for seven [phone-number-timeout]", async () => {
    for (const [count, waves] of [[6, 1], [7, 2]] as const) {
      await only(hanging.slice(0, count));
      const { elapsedMs, codes } = await timed("message");
      expect(codes).toEqual(Array.from({ length: count }, () => 61001));
      expect(elapsedMs).toBeGreaterThanOrEqual(waves * ADD_ON_MS);
      expect(elapsedMs).toBeLessThan(waves * ADD_ON_MS + TOLERANCE_MS);
    }
  });

  it.each(KINDS)("is that of the slowest add-on: the webhook of a %s is called right after the last one has answered [message-synchronous, message-in-flow, phone-number-synchronous, phone-number-in-flow]", async (kind) => {
    await only([...late, ...quick.slice(0, 3)]);
    const { elapsedMs, webhookAfterMs, codes } = await timed(kind);
    expect(codes).toEqual([null, null, null, null, null]);
    expect(webhookAfterMs).toBeGreaterThanOrEqual(690);
    expect(webhookAfterMs).toBeLessThan(700 + TOLERANCE_MS);
    expect(elapsedMs).toBeLessThan(700 + TOLERANCE_MS);
  });

  it.each(KINDS)("is the webhook's alone when no add-on is enabled: no publisher hears of the %s", async (kind) => {
    await only([]);
    const before = board.publisher.requests.length;
    // The first may read what is not in memory yet.
    await timed(kind);
    const times = [];
    for (let count = 0; count < 10; count++) times.push((await timed(kind)).elapsedMs);
    expect(board.publisher.requests.length).toBe(before);
    const median = times.toSorted((one, other) => one - other)[5];
    expect(median).toBeLessThan(TOLERANCE_MS / 2);
  });

  it("is not the developer's alone: a slow webhook keeps no other message waiting", async () => {
    await only([]);
    const held: (() => void)[] = [];
    board.webhook.on("/held", (_request, response) => void held.push(() => response.type("text/xml").send("<Response/>")));
    const slow = await board.number("/held");
    const waiting = Array.from({ length: 8 }, () => board.message(messageTo(slow.phoneNumber)));
    for (let count = 0; count < 3; count++) expect((await timed("message")).elapsedMs).toBeLessThan(TOLERANCE_MS);
    await until("all of them are at the webhook", () => held.length === waiting.length);
    held.forEach((answer) => answer());
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(waiting.map(() => 200));
  });

  it.each(KINDS)("has a moment at which usage is settled: before the webhook of a %s is called", async (kind) => {
    await only(quick.slice(0, 2));
    const path = `/reads-usage-${kind}`;
    const own = await board.number(path);
    const found: { status: number; body: LoggedInvocation }[] = [];
    const read: Handle = async (request, response) => {
      for (const { request_sid } of Object.values(addOnsOf(request).results)) found.push(await board.gateway.call<LoggedInvocation>(board.developer, "GET", `/v1/Invocations/${request_sid}`));
      response.type("text/xml").send(`<Response><!-- ${await board.spentMicros()} --></Response>`);
    };
    board.webhook.on(path, read);
    const spent = await board.spentMicros();
    const answer = await (kind === "message" ? board.message(messageTo(own.phoneNumber)) : board.call(callTo(own.phoneNumber)));
    expect(answer.text).toBe(`<Response><!-- ${spent + 200} --></Response>`);
    expect(found.map(({ status, body }) => [status, body.status, body.price])).toEqual([
      [200, "successful", "0.0001"],
      [200, "successful", "0.0001"],
    ]);
  });
});

function missing(): never {
  throw new Error("an offer is missing");
}
