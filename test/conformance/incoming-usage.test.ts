import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { callTo, messageTo } from "../support/carrier.ts";
import { addOnsOf, type HandleRaw } from "../support/developer-webhook.ts";
import type { TestGateway } from "../support/gateway.ts";
import { answering, type Respond } from "../support/loopback-publisher.ts";
import type { LoggedInvocation, Offer } from "../support/marketplace.ts";
import type { OwnNumber } from "../support/phone-numbers.ts";
import { RESULT_TITLES } from "../support/result-titles.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";

const PHONE_NUMBER_BYTES = 51_200;
const MESSAGE_BYTES = 65_536;
const KINDS = ["message", "call"] as const;
const priced = (unit_price: string) => ({ pricing: { model: "per_use", unit_price, currency: "USD" } });

/** An answer of exactly so many bytes. */
const sized = (bytes: number): Respond => (_request, response) => void response.writeHead(200, { "Content-Type": "application/json" }).end(`{"a":"${"x".repeat(bytes - 8)}"}`);
const hang: Respond = () => undefined;
const reset: Respond = (_request, _response, socket) => void socket.destroy();

describe("the usage of messages and calls", () => {
  let board: Switchboard;
  let gateway: TestGateway;
  let number: OwnNumber;

  beforeAll(async () => {
    board = await startSwitchboard();
    gateway = board.gateway;
    number = await board.number("/hook");
  });
  afterEach(() => board.disableAll());
  afterAll(async () => {
    await board.stop();
    expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
  });

  const balanceMicros = async (): Promise<number> => {
    const { body } = await gateway.call<{ balance: string }>(board.developer, "GET", `/2010-04-01/Accounts/${board.developer.sid}/Balance.json`);
    return Math.round(Number(body.balance) * 1e6);
  };
  const invocations = async (): Promise<(LoggedInvocation & { integration_point: string })[]> =>
    (await gateway.call<{ invocations: (LoggedInvocation & { integration_point: string })[] }>(board.developer, "GET", "/v1/Invocations?PageSize=1000")).body.invocations;

  it("is billed once per add-on, deducted from the balance, and logged with its integration point [pricing-metered, pricing-credit, pricing-per-use]", async () => {
    await board.offerIncoming(answering({ one: 1 }), priced("0.002"));
    await board.offerIncoming(answering({ two: 2 }), priced("0.00003"));
    await board.offerAnalysis(answering({ three: 3 }), priced("0"));
    for (const [kind, point, price] of [["message", "sms-incoming", 2_030], ["call", "voice-incoming", 2_030]] as const) {
      const [before, logged] = [await balanceMicros(), (await invocations()).length];
      const { addOns } = await board.received(kind, number);
      expect(await balanceMicros()).toBe(before - price);
      const sids = new Set(Object.values(addOns.results).map(({ request_sid }) => request_sid));
      const listed = (await invocations()).filter(({ sid }) => sids.has(sid));
      expect(listed.map((invocation) => invocation.integration_point)).toEqual([...sids].map(() => point));
      expect(listed.map((invocation) => invocation.price).toSorted()).toEqual((kind === "message" ? ["0.00", "0.00003", "0.002"] : ["0.00003", "0.002"]).toSorted());
      expect((await invocations()).length).toBe(logged + sids.size);
    }
  });

  it("is nothing for add-ons that fail, which fail alone [message-timeout, message-size, phone-number-timeout, responses-4xx]", async () => {
    const rows = [
      { respond: answering({ fine: true }), code: null },
      { respond: hang, code: 61001 },
      { respond: answering({}, 500), code: 61002 },
      { respond: reset, code: 61002 },
      { respond: answering({}, 404), code: 61005 },
      { respond: sized(MESSAGE_BYTES + 1), code: 61007 },
    ] as const;
    const offers: Offer[] = [];
    for (const { respond } of rows) offers.push(await board.offerAnalysis(respond));
    const before = await balanceMicros();
    const { addOns } = await board.received("message", number);
    expect(addOns).toMatchObject({ status: "successful", code: null });
    for (const [index, { code }] of rows.entries()) {
      const result = addOns.results[offers[index]?.name ?? ""];
      if (code === null) expect(result).toMatchObject({ status: "successful", result: { fine: true } });
      else expect(result).toEqual({ request_sid: expect.stringMatching(/^XR/), status: "failed", code, message: RESULT_TITLES[code], result: {}, detail: expect.stringMatching(/^[A-Z]/) });
      expect(await board.logged(board.developer, result?.request_sid ?? "")).toMatchObject({ code, price: code === null ? "0.0001" : "0.00" });
    }
    expect(await balanceMicros()).toBe(before - 100);
  });

  it.each([
    { title: "64 KB for message analysis [message-size]", type: "analysis" as const, kind: "message" as const, limit: MESSAGE_BYTES },
    { title: "50 KB for a phone-number add-on of a message [phone-number-size]", type: "number" as const, kind: "message" as const, limit: PHONE_NUMBER_BYTES },
    { title: "50 KB for a phone-number add-on of a call [phone-number-size]", type: "number" as const, kind: "call" as const, limit: PHONE_NUMBER_BYTES },
  ])("is billed for an answer of up to $title, and not for one byte more", async ({ type, kind, limit }) => {
    const offer = type === "analysis" ? board.offerAnalysis : board.offerIncoming;
    const [whole, over] = [await offer(sized(limit)), await offer(sized(limit + 1))];
    const before = await balanceMicros();
    const { addOns } = await board.received(kind, number);
    expect(addOns.results[whole.name]).toMatchObject({ status: "successful", result: { a: "x".repeat(limit - 8) } });
    expect(addOns.results[over.name]).toMatchObject({ status: "failed", code: 61007, result: {} });
    expect(await balanceMicros()).toBe(before - 100);
  });

  it("is an answer after 1,500 ms as well, in the flow of the message [message-sla, message-synchronous]", async () => {
    const late = await board.offerAnalysis((request, response, socket) => void setTimeout(() => void answering({ late: true })(request, response, socket), 1_500));
    const { addOns } = await board.received("message", number);
    const result = addOns.results[late.name];
    expect(result).toMatchObject({ status: "successful", result: { late: true } });
    const { duration_ms } = await board.logged(board.owner, result?.request_sid ?? "");
    expect(duration_ms, "the publisher's log has what its service level is measured by").toBeGreaterThanOrEqual(1_490);
  });

  it("carries as much as twelve add-ons may answer to the webhook [types-message-synchronous]", async () => {
    const offers: Offer[] = [];
    for (let count = 0; count < 12; count++) offers.push(await board.offerAnalysis((_request, response) => void response.writeHead(200).end(`{"a":"${"é".repeat(32_764)}"}`)));
    const { addOns } = await board.received("message", number);
    expect(offers.map(({ name }) => String(addOns.results[name]?.result["a"]).length)).toEqual(offers.map(() => 32_764));
  });

  it.each<{ what: string; respond: HandleRaw }>([
    { what: "answers 500", respond: (_request, response) => void response.writeHead(500).end() },
    { what: "resets", respond: (_request, _response, socket) => void socket.destroy() },
    { what: "redirects", respond: (_request, response) => void response.writeHead(302, { Location: "/elsewhere" }).end() },
    { what: "sends 10 MB", respond: (_request, response) => void response.writeHead(200).end(Buffer.alloc(10_000_000)) },
  ])("is recorded exactly once when the developer's URL $what", async ({ respond }) => {
    await board.offerIncoming(answering({ one: 1 }));
    await board.offerIncoming(answering({}, 403));
    board.webhook.onRaw("/failing", respond);
    const own = await board.number("/failing");
    for (const kind of KINDS) {
      const [before, logged] = [await balanceMicros(), (await invocations()).length];
      const form = kind === "message" ? messageTo(own.phoneNumber) : callTo(own.phoneNumber);
      for (let again = 0; again < 2; again++) expect((await (kind === "message" ? board.message(form) : board.call(form))).status).toBe(502);
      expect(await balanceMicros()).toBe(before - 100);
      const listed = await invocations();
      expect(listed.length).toBe(logged + 2);
      const request = board.webhook.requestsTo("/failing").at(-1);
      if (request === undefined) throw new Error("no webhook");
      const sids = Object.values(addOnsOf(request).results).map(({ request_sid }) => request_sid);
      expect(listed.filter(({ sid }) => sids.includes(sid)).map(({ code, price }) => `${code} ${price}`).toSorted()).toEqual(["61005 0.00", "null 0.0001"]);
    }
  });

  it("ends with the credit: what it does not cover is 61003 and not run, and the webhook is called all the same [pricing-credit]", async () => {
    const [dear, free] = [await board.offerAnalysis(answering({ dear: true }), priced("1000")), await board.offerAnalysis(answering({ free: true }), priced("0"))];
    const before = await balanceMicros();
    const { addOns, answer } = await board.received("message", number);
    expect(answer.status).toBe(200);
    expect(addOns.results[dear.name]).toMatchObject({ status: "failed", code: 61003 });
    expect(addOns.results[free.name]).toMatchObject({ status: "successful" });
    expect([board.requestsTo(dear).length, await balanceMicros()]).toEqual([0, before]);
  });

  it("is once for many messages at the same time", async () => {
    const offer = await board.offerIncoming(answering({ ok: true }));
    const before = await balanceMicros();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? board.message(messageTo(number.phoneNumber)) : board.call(callTo(number.phoneNumber)))));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(board.requestsTo(offer)).toHaveLength(40);
    expect(await balanceMicros()).toBe(before - 4_000);
  });
});
