import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import type { AlertInstance } from "twilio/lib/rest/monitor/v1/alert.js";
import { callTo, messageTo, valueOf, type Form } from "../support/carrier.ts";
import type { HandleRaw } from "../support/developer-webhook.ts";
import { deadErrorPages } from "../support/error-pages.ts";
import { until } from "../support/gateway.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";
import { twilioClient } from "../support/twilio-client.ts";

const KINDS = ["message", "call"] as const;
const mark = randomBytes(8).toString("hex");
/** What no alert may hold. */
const PRIVATE = { from: "+14158675309", text: `text-${mark}`, password: `password-${mark}`, user: `user-${mark}`, publishers: `answer-${mark}`, developers: `page-${mark}` };

const failing = (status: number): HandleRaw => (_request, response) => void response.writeHead(status, { "Content-Type": "text/html" }).end(PRIVATE.developers);
const large: HandleRaw = (_request, response) => void response.writeHead(200).end(PRIVATE.developers.repeat(10_000));

const sidIn = (form: Form): string => valueOf(form, form.some(([name]) => name === "MessageSid") ? "MessageSid" : "CallSid");
const about = (client: Twilio, resourceSid: string, code: number): Promise<AlertInstance> =>
  until(`an alert ${code} about ${resourceSid}`, async () => (await client.monitor.v1.alerts.list()).find((each) => each.resourceSid === resourceSid && each.errorCode === String(code)));

describe("alerts about messages and calls, by the official client", () => {
  let board: Switchboard;
  let developer: Twilio;
  let owner: Twilio;

  beforeAll(async () => {
    board = await startSwitchboard();
    [developer, owner] = [twilioClient(board.gateway, board.developer), twilioClient(board.gateway, board.owner)];
  });
  afterEach(() => board.disableAll());
  afterAll(async () => {
    expect(await deadErrorPages(board.gateway)).toEqual([]);
    await board.stop();
    expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
  });

  const formOf = (kind: (typeof KINDS)[number], to: string): Form => (kind === "message" ? messageTo(to, { From: PRIVATE.from, Body: PRIVATE.text }) : callTo(to, { From: PRIVATE.from }));
  const send = (kind: (typeof KINDS)[number], form: Form) => (kind === "message" ? board.message(form) : board.call(form));
  /** An URL with user info and a query, which are the developer's secrets. */
  const secretUrl = (path: string): string => `${board.webhook.origin.replace("://", `://${PRIVATE.user}:${PRIVATE.password}@`)}${path}`;

  it.each(KINDS)("tell of a %s whose URL failed (11200) and of its fallback, which sent too much (11750)", async (kind) => {
    board.webhook.onRaw("/failing", failing(503));
    board.webhook.onRaw("/large", large);
    const [url, fallback] = [secretUrl("/failing"), secretUrl("/large")];
    const number = await board.number("/failing", { SmsUrl: url, VoiceUrl: url, SmsFallbackUrl: fallback, VoiceFallbackUrl: fallback });
    const form = formOf(kind, number.phoneNumber);
    expect((await send(kind, form)).status).toBe(502);
    for (const [code, path] of [[11200, "/failing"], [11750, "/large"]] as const) {
      const alert = await about(developer, sidIn(form), code);
      expect(alert).toMatchObject({ accountSid: board.developer.sid, logLevel: "error", errorCode: String(code), requestMethod: "POST", resourceSid: sidIn(form), serviceSid: null, moreInfo: `${board.gateway.url}/docs/errors/${code}` });
      expect(alert.sid).toMatch(/^NO[0-9a-f]{32}$/);
      expect(alert.requestUrl).toContain(path);
      expect(Math.abs(Date.now() - alert.dateGenerated.getTime())).toBeLessThan(60_000);
      expect(await developer.monitor.v1.alerts(alert.sid).fetch()).toMatchObject({ sid: alert.sid, errorCode: String(code), requestVariables: null, responseBody: null, requestHeaders: null, responseHeaders: null });
    }
    expect((await about(developer, sidIn(form), 11200)).alertText).toContain("503");
  });

  it.each(KINDS)("warn of a %s whose add-ons did not run because its method is GET (61006), and of nothing where there are none", async (kind) => {
    const number = await board.number("/hook", { SmsMethod: "GET", VoiceMethod: "GET" });
    const without = formOf(kind, number.phoneNumber);
    expect((await send(kind, without)).status).toBe(200);
    await board.offerIncoming(answering({ ok: true }));
    const form = formOf(kind, number.phoneNumber);
    expect((await send(kind, form)).status).toBe(200);
    expect(await about(developer, sidIn(form), 61006)).toMatchObject({ logLevel: "warning", resourceSid: sidIn(form), moreInfo: `${board.gateway.url}/docs/errors/61006` });
    expect((await developer.monitor.v1.alerts.list({ logLevel: "warning" })).filter(({ resourceSid }) => resourceSid === sidIn(without))).toEqual([]);
  });

  it.each([
    { status: 400, code: 61005 },
    { status: 503, code: 61002 },
  ])("tell both sides of a publisher's $status: the developer of the invocation, the publisher of its request [responses-4xx-5xx-logged]", async ({ status, code }) => {
    const offer = await board.offerAnalysis(answering({ error: PRIVATE.publishers }, status));
    const { addOns } = await board.received("message", await board.number("/hook"), { From: PRIVATE.from, Body: PRIVATE.text });
    const sid = addOns.results[offer.name]?.request_sid ?? "";
    const [mine, theirs] = [await about(developer, sid, code), await about(owner, sid, code)];
    expect(mine).toMatchObject({ accountSid: board.developer.sid, logLevel: "error", serviceSid: offer.addOnSid, resourceSid: sid, requestUrl: null });
    expect(theirs).toMatchObject({ accountSid: board.owner.sid, logLevel: "error", serviceSid: offer.addOnSid, resourceSid: sid });
    expect(theirs.sid).not.toBe(mine.sid);
    expect(JSON.stringify(theirs.toJSON())).not.toContain(board.developer.sid);
  });

  it("come once for a delivery that is repeated and answered, and again for each try that failed", async () => {
    board.webhook.onRaw("/flaky", failing(500));
    const number = await board.number("/flaky");
    const form = formOf("message", number.phoneNumber);
    const count = async (): Promise<number> => (await developer.monitor.v1.alerts.list()).filter(({ resourceSid }) => resourceSid === sidIn(form)).length;
    for (const tries of [1, 2]) {
      expect((await send("message", form)).status).toBe(502);
      expect(await count()).toBe(tries);
    }
    board.webhook.onRaw("/flaky", (_request, response) => void response.writeHead(200).end());
    for (let again = 0; again < 3; again++) expect((await send("message", form)).status).toBe(200);
    expect(await count()).toBe(2);
  });

  it("are each account's own", async () => {
    const stranger = twilioClient(board.gateway, await board.gateway.account("Stranger"));
    expect(await stranger.monitor.v1.alerts.list()).toEqual([]);
    const [alert] = await developer.monitor.v1.alerts.list({ limit: 1 });
    await expect(stranger.monitor.v1.alerts(alert?.sid ?? "").fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it("hold no number, no text, no user info, and nothing of an answer", async () => {
    const all = [...(await developer.monitor.v1.alerts.list()), ...(await owner.monitor.v1.alerts.list())].map((alert) => JSON.stringify(alert.toJSON()));
    expect(all.length).toBeGreaterThan(8);
    for (const secret of [PRIVATE.from.slice(1), mark, "+1415"]) expect(all.filter((text) => text.includes(secret))).toEqual([]);
    expect(board.gateway.logs.filter((line) => line.includes(mark) || line.includes(PRIVATE.from.slice(1)))).toEqual([]);
  });
});
