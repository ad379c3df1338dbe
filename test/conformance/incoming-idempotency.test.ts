import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { basic, callTo, codeOf, deliver, messageTo, newSid, upstream, type Delivered, type Form } from "../support/carrier.ts";
import { answeringTwiml, parameterOf, startDeveloperWebhook, type HandleRaw, type WebhookRequest } from "../support/developer-webhook.ts";
import { until } from "../support/gateway.ts";
import { answering } from "../support/loopback-publisher.ts";
import type { Offer } from "../support/marketplace.ts";
import { addNumber, setUpstreamAuthToken, type OwnNumber } from "../support/phone-numbers.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";

const PRICE_MICROS = 100;
const KINDS = ["message", "call"] as const;
type Kind = (typeof KINDS)[number];

const SID_OF = { message: "MessageSid", call: "CallSid" } as const;
const isReplayed = ({ headers }: Delivered): boolean => headers.get("Idempotent-Replayed") === "true";
const failing: HandleRaw = (_request, response) => void response.writeHead(500).end();

describe("a message or call that is delivered again", () => {
  let board: Switchboard;
  let number: OwnNumber;
  let offer: Offer;
  let answers: number;

  beforeAll(async () => {
    board = await startSwitchboard();
    offer = await board.offerIncoming((_request, response) => void response.writeHead(200).end(`{"count":${board.requestsTo(offer).length}}`));
    answers = 0;
    board.webhook.on("/counted", (_request, response) => void response.status(201).type("application/xml").send(`<Response><!-- ${(answers += 1)} é --></Response>`));
    number = await board.number("/counted");
  });
  afterAll(async () => {
    await board.stop();
    expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
  });

  const formOf = (kind: Kind, to = number.phoneNumber, change: Record<string, string | undefined> = {}): Form => (kind === "message" ? messageTo(to, change) : callTo(to, change));
  const send = (kind: Kind, form: Form): Promise<Delivered> => (kind === "message" ? board.message(form) : board.call(form));
  /** What has happened so far, to be compared with what has happened later. */
  const counts = async () => ({ webhooks: board.webhook.requests.length, calls: board.publisher.requests.length, spentMicros: await board.spentMicros() });

  it.each(KINDS)("is the same %s: one webhook, one charge, the same bytes", async (kind) => {
    const form = formOf(kind);
    const before = await counts();
    const first = await send(kind, form);
    expect([first.status, isReplayed(first), first.headers.get("Content-Type")]).toEqual([201, false, expect.stringContaining("application/xml")]);
    for (let again = 0; again < 3; again++) {
      const replay = await send(kind, form);
      expect([replay.status, isReplayed(replay), replay.headers.get("Content-Type")]).toEqual([201, true, first.headers.get("Content-Type")]);
      expect(replay.bytes.equals(first.bytes)).toBe(true);
    }
    expect(await counts()).toEqual({ webhooks: before.webhooks + 1, calls: before.calls + 1, spentMicros: before.spentMicros + PRICE_MICROS });
    const { body } = await board.gateway.call<{ invocations: { sid: string }[] }>(board.developer, "GET", "/v1/Invocations?PageSize=1000");
    const sids = body.invocations.map(({ sid }) => sid);
    expect(new Set(sids).size).toBe(sids.length);
  });

  it("gets bytes that are no text back as they were", async () => {
    const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 256));
    board.webhook.onRaw("/binary", (_request, response) => void response.writeHead(200, { "Content-Type": "application/octet-stream" }).end(bytes));
    board.webhook.onRaw("/nothing", (_request, response) => void response.writeHead(204).end());
    for (const [path, status, expected] of [["/binary", 200, bytes], ["/nothing", 204, Buffer.alloc(0)]] as const) {
      const form = formOf("message", (await board.number(path)).phoneNumber);
      const [first, again] = [await send("message", form), await send("message", form)];
      for (const answer of [first, again]) expect([answer.status, answer.bytes.equals(expected)]).toEqual([status, true]);
      expect([isReplayed(first), isReplayed(again), again.headers.get("Content-Type")]).toEqual([false, true, first.headers.get("Content-Type")]);
    }
  });

  it("waits for the first delivery while that is under way, and is answered by it", async () => {
    const held: (() => void)[] = [];
    board.webhook.on("/held", (_request, response) => void held.push(() => response.type("text/xml").send("<Response>held</Response>")));
    const slow = await board.number("/held");
    for (const kind of KINDS) {
      const form = formOf(kind, slow.phoneNumber);
      const before = await counts();
      const deliveries = Array.from({ length: 6 }, () => send(kind, form));
      await until("the webhook is called", () => held.length === 1);
      // Deliveries that came after them are through, so they have been waiting.
      await Promise.all(Array.from({ length: 3 }, () => send(kind, formOf(kind))));
      expect(board.webhook.requestsTo("/held").filter(({ rawBody }) => rawBody.includes(form[0]?.[1] ?? ""))).toHaveLength(1);
      held.splice(0).forEach((answer) => answer());
      const all = await Promise.all(deliveries);
      expect(all.map(({ status, text }) => [status, text])).toEqual(all.map(() => [200, "<Response>held</Response>"]));
      expect(all.filter(isReplayed)).toHaveLength(5);
      const after = await counts();
      expect(after).toEqual({ webhooks: before.webhooks + 4, calls: before.calls + 4, spentMicros: before.spentMicros + 4 * PRICE_MICROS });
    }
  });

  it.each(KINDS)("must be told from others: a %s without its SID, with an empty one or with two is 400 by name", async (kind) => {
    const name = SID_OF[kind];
    const before = await counts();
    const without = formOf(kind, number.phoneNumber, { [name]: undefined });
    for (const form of [without, [...without, [name, ""]], [...without, [name, newSid("SM")], [name, newSid("SM")]]] satisfies Form[]) {
      const refused = await send(kind, form);
      expect([refused.status, codeOf(refused)]).toEqual([400, 20001]);
      expect(refused.text).toContain(name);
    }
    // The other kind's SID does not stand in for it.
    expect((await send(kind, [...without, [kind === "message" ? "CallSid" : "MessageSid", newSid("CA")]])).status).toBe(400);
    expect(await counts()).toEqual(before);
  });

  it("is told from a call by what it is: both may have the same SID", async () => {
    const sid = newSid("SM");
    const before = await counts();
    const [message, call] = [await send("message", formOf("message", undefined, { MessageSid: sid })), await send("call", formOf("call", undefined, { CallSid: sid }))];
    expect([message, call].map((answer) => [answer.status, isReplayed(answer)])).toEqual([[201, false], [201, false]]);
    expect(await counts()).toMatchObject({ webhooks: before.webhooks + 2, calls: before.calls + 2 });
  });

  it("is told from another account's by whom it is for: SIDs are each carrier's own", async () => {
    const { gateway } = board;
    const other = await gateway.account("Another", "1");
    const others = await startDeveloperWebhook(other.secret);
    const theirs = await addNumber(gateway, gateway.operator, other.sid, { SmsUrl: `${others.origin}/hook` });
    const sid = newSid("SM");
    const [mine, their] = [await send("message", formOf("message", undefined, { MessageSid: sid })), await send("message", formOf("message", theirs.phoneNumber, { MessageSid: sid }))];
    expect([mine.status, isReplayed(mine), their.status, isReplayed(their)]).toEqual([201, false, 200, false]);
    expect(others.requests).toHaveLength(1);
    await others.stop();
    expect(others.violations).toEqual([]);
  });

  it("is the same by whichever way it comes: from the switch, then from the account's carrier", async () => {
    await setUpstreamAuthToken(board.gateway, board.developer, "7".repeat(32));
    const form = formOf("message");
    const first = await deliver(board.gateway, "/v1/IncomingMessages", basic(board.gateway.operator), form);
    const again = await deliver(board.gateway, "/v1/IncomingMessages", upstream("7".repeat(32)), form);
    expect([first.status, isReplayed(again), again.text]).toEqual([201, true, first.text]);
  });

  it.each(KINDS)("after a 502 calls the webhook of a %s again, with the same results, and charges nothing again", async (kind) => {
    const path = `/mended-${kind}`;
    const own = await board.number(path);
    board.webhook.onRaw(path, failing);
    const form = formOf(kind, own.phoneNumber);
    const before = await counts();
    for (let again = 0; again < 3; again++) {
      const failed = await send(kind, form);
      expect([failed.status, isReplayed(failed)]).toEqual([502, false]);
    }
    board.webhook.onRaw(path, (_request, response) => void response.writeHead(200, { "Content-Type": "text/xml" }).end("<Response>mended</Response>"));
    const mended = await send(kind, form);
    expect([mended.status, mended.text, isReplayed(mended)]).toEqual([200, "<Response>mended</Response>", false]);
    const replay = await send(kind, form);
    expect([replay.status, replay.text, isReplayed(replay)]).toEqual([200, "<Response>mended</Response>", true]);

    const webhooks = board.webhook.requestsTo(path);
    expect(webhooks).toHaveLength(4);
    const results = webhooks.map((request: WebhookRequest) => parameterOf(request, "AddOns"));
    expect(new Set(results).size).toBe(1);
    expect(results[0]).toContain('"count":');
    expect(await counts()).toEqual({ webhooks: before.webhooks + 4, calls: before.calls + 1, spentMicros: before.spentMicros + PRICE_MICROS });
  });

  it("is delivered without the results that its account had forgotten while its webhook failed, and then nothing is kept of it", async () => {
    const path = "/forgotten";
    const own = await board.number(path);
    board.webhook.onRaw(path, failing);
    const form = formOf("message", own.phoneNumber);
    expect((await send("message", form)).status).toBe(502);
    const before = await counts();
    const results = (JSON.parse(parameterOf(board.webhook.requestsTo(path)[0] ?? missing(), "AddOns")) as { results: Record<string, { request_sid: string }> }).results;
    for (const { request_sid: sid } of Object.values(results)) expect((await board.gateway.call(board.developer, "DELETE", `/v1/Invocations/${sid}`)).status).toBe(204);
    board.webhook.onRaw(path, (_request, response) => void response.writeHead(200, { "Content-Type": "text/xml" }).end("<Response>late</Response>"));
    const late = await send("message", form);
    expect([late.status, late.text]).toEqual([200, "<Response>late</Response>"]);
    expect(JSON.parse(parameterOf(board.webhook.requestsTo(path).at(-1) ?? missing(), "AddOns"))).toMatchObject({ status: "successful", results: {} });
    expect(await counts()).toEqual({ ...before, webhooks: before.webhooks + 1 });
    expect((await send("message", form)).status).toBe(409);
  });

  it("gets the fallback's answer again, without calling either URL", async () => {
    board.webhook.onRaw("/failing", failing);
    board.webhook.on("/fallback", answeringTwiml("<Response>fallback</Response>"));
    const own = await board.number("/failing", { SmsFallbackUrl: `${board.webhook.origin}/fallback` });
    const form = formOf("message", own.phoneNumber);
    const first = await send("message", form);
    const before = await counts();
    const again = await send("message", form);
    expect([first.text, again.text, isReplayed(again)]).toEqual(["<Response>fallback</Response>", "<Response>fallback</Response>", true]);
    expect(await counts()).toEqual(before);
  });

  it("gets a failed add-on's result again too: a failure is a result", async () => {
    const broken = await board.offerAnalysis(answering({}, 500));
    const path = "/with-broken";
    board.webhook.onRaw(path, failing);
    const form = formOf("message", (await board.number(path)).phoneNumber);
    await send("message", form);
    const calls = board.requestsTo(broken).length;
    await send("message", form);
    const [first, second] = board.webhook.requestsTo(path).map((request) => parameterOf(request, "AddOns"));
    expect(first).toContain("61002");
    expect(second).toBe(first);
    expect(board.requestsTo(broken)).toHaveLength(calls);
    await board.disable(broken, "sms-incoming");
  });
});

function missing(): never {
  throw new Error("the webhook was not called");
}
