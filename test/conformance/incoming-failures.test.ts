import { deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callTo, messageTo, valueOf } from "../support/carrier.ts";
import { addOnsOf, answeringTwiml, pairsOf, parameterOf, type HandleRaw } from "../support/developer-webhook.ts";
import { answering } from "../support/loopback-publisher.ts";
import type { Offer } from "../support/marketplace.ts";
import { addNumber, newPhoneNumber, type OwnNumber } from "../support/phone-numbers.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";

const LIMIT_BYTES = 65_536;
const PRICE_MICROS = 100;
const RECOVERED = "<Response><!-- from the fallback --></Response>";

const status = (code: number, headers: Record<string, string> = {}): HandleRaw => (_request, response) => void response.writeHead(code, headers).end("x");
const sending = (body: string | Buffer, headers: Record<string, string> = {}): HandleRaw => (_request, response) => void response.writeHead(200, { "Content-Type": "text/xml", ...headers }).end(body);
const reset: HandleRaw = (_request, _response, socket) => void socket.destroy();

const endless: HandleRaw = (_request, response) => {
  response.writeHead(200, { "Content-Type": "text/xml" });
  const chunk = Buffer.alloc(16_384, "x");
  const timer = setInterval(() => response.write(chunk), 1);
  response.on("close", () => clearInterval(timer));
};

const FAILURES: { what: string; code: number; respond: HandleRaw }[] = [
  { what: "a 301", code: 11200, respond: status(301, { Location: "/redirected" }) },
  { what: "a 302", code: 11200, respond: status(302, { Location: "/redirected" }) },
  { what: "a 304", code: 11200, respond: (_request, response) => void response.writeHead(304).end() },
  { what: "a 307", code: 11200, respond: status(307, { Location: "/redirected" }) },
  { what: "a 400", code: 11200, respond: status(400) },
  { what: "a 401", code: 11200, respond: status(401, { "WWW-Authenticate": "Basic" }) },
  { what: "a 404", code: 11200, respond: status(404) },
  { what: "a 429", code: 11200, respond: status(429, { "Retry-After": "1" }) },
  { what: "a 500", code: 11200, respond: status(500) },
  { what: "a 503", code: 11200, respond: status(503) },
  { what: "a reset", code: 11200, respond: reset },
  { what: "a reset in the middle of the answer", code: 11200, respond: (_request, response, socket) => void response.writeHead(200, { "Content-Length": "1000" }).write("<Resp", () => socket.destroy()) },
  { what: "what says that it is compressed and is not", code: 11200, respond: sending("<Response/>", { "Content-Encoding": "gzip" }) },
  { what: "what is compressed in a way that nobody asked for", code: 11200, respond: sending(deflateSync("<Response/>"), { "Content-Encoding": "deflate" }) },
  { what: "65,537 bytes", code: 11750, respond: sending(Buffer.alloc(LIMIT_BYTES + 1, "x")) },
  { what: "65,537 bytes when they are decompressed", code: 11750, respond: sending(gzipSync(Buffer.alloc(LIMIT_BYTES + 1, "x")), { "Content-Encoding": "gzip" }) },
  { what: "10 MB", code: 11750, respond: sending(Buffer.alloc(10_000_000, "x")) },
  { what: "10 MB in a few kilobytes", code: 11750, respond: sending(gzipSync(Buffer.alloc(10_000_000)), { "Content-Encoding": "gzip" }) },
  { what: "an answer that does not end", code: 11750, respond: endless },
];

describe("a developer's URL that fails", () => {
  let board: Switchboard;
  let offer: Offer;

  beforeAll(async () => {
    board = await startSwitchboard();
    offer = await board.offerIncoming(answering({ ran: true }));
    board.webhook.on("/fallback", answeringTwiml(RECOVERED));
    board.webhook.onRaw("/redirected", (_request, response) => void response.writeHead(200).end("followed"));
    board.webhook.on("/failing-too", (_request, response) => void response.status(500).send("no"));
  });
  afterAll(async () => {
    await board.stop();
    expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
    expect(board.webhook.requestsTo("/redirected")).toEqual([]);
  });

  /** A number whose URL is this; only the database takes what the API refuses. */
  async function numberWith(url: string, fallbackUrl: string | null): Promise<OwnNumber> {
    const fallback = fallbackUrl === null ? {} : { SmsFallbackUrl: fallbackUrl, VoiceFallbackUrl: fallbackUrl };
    const number = await board.number("/placeholder", fallback);
    const db = await board.gateway.miniflare.getD1Database("DB");
    const { meta } = await db.prepare("UPDATE phone_numbers SET sms_url = ?1, voice_url = ?1 WHERE sid = ?2").bind(url, number.sid).run();
    expect(meta.changes).toBe(1);
    return number;
  }
  const callsOf = (form: readonly (readonly [string, string])[], path: string) => {
    const sid = form.find(([name]) => name === "MessageSid" || name === "CallSid")?.[1] ?? "";
    return board.webhook.requestsTo(path).filter(({ rawBody }) => rawBody.includes(sid));
  };

  it.each(FAILURES)("with $what has its fallback answer, which gets every parameter, AddOns and what failed: $code", async ({ respond, code }) => {
    const url = `${board.webhook.origin}/failing`;
    board.webhook.onRaw("/failing", respond);
    const number = await board.number("/failing", { SmsFallbackUrl: `${board.webhook.origin}/fallback`, VoiceFallbackUrl: `${board.webhook.origin}/fallback` });
    for (const kind of ["message", "call"] as const) {
      const spent = await board.spentMicros();
      const form = kind === "message" ? messageTo(number.phoneNumber, { Body: "¿Qué?" }) : callTo(number.phoneNumber);
      const answer = await (kind === "message" ? board.message(form) : board.call(form));
      expect([answer.status, answer.text]).toEqual([200, RECOVERED]);
      const [first, ...again] = callsOf(form, "/failing");
      const [fallback, ...more] = callsOf(form, "/fallback");
      if (first === undefined || fallback === undefined) throw new Error("a webhook is missing");
      expect([...again, ...more], "each URL is called once").toEqual([]);
      const ours = new Set(["AddOns", "ErrorCode", "ErrorUrl"]);
      expect(pairsOf(fallback).filter(([name]) => !ours.has(name))).toEqual(form);
      expect(parameterOf(fallback, "AddOns"), "the same results").toBe(parameterOf(first, "AddOns"));
      expect([parameterOf(fallback, "ErrorCode"), parameterOf(fallback, "ErrorUrl")]).toEqual([String(code), url]);
      expect(pairsOf(first).some(([name]) => name === "ErrorCode" || name === "ErrorUrl")).toBe(false);

      const sid = valueOf(form, kind === "message" ? "MessageSid" : "CallSid");
      expect(await board.alert(sid, code)).toMatchObject({ log_level: "error", resource_sid: sid, request_url: url, request_method: "POST" });
      // What ran is recorded and paid once, whatever became of the webhook.
      const requestSid = addOnsOf(first).results[offer.name]?.request_sid ?? "";
      expect(await board.logged(board.developer, requestSid)).toMatchObject({ status: "successful", price: "0.0001" });
      expect((await board.spentMicros()) - spent).toBe(PRICE_MICROS);
    }
  });

  it.each([
    { what: "and has no fallback", fallback: null },
    { what: "and whose fallback fails as well", fallback: "/failing-too" },
  ])("$what is a 502 in the shape of the gateway's errors; usage is recorded all the same", async ({ fallback }) => {
    board.webhook.onRaw("/failing", reset);
    const number = await numberWith(`${board.webhook.origin}/failing`, fallback && board.webhook.origin + fallback);
    for (const kind of ["message", "call"] as const) {
      const spent = await board.spentMicros();
      const form = kind === "message" ? messageTo(number.phoneNumber) : callTo(number.phoneNumber);
      const answer = await (kind === "message" ? board.message(form) : board.call(form));
      expect(answer.status).toBe(502);
      expect(answer.text, "nothing of the URL's answer, and not the URL").not.toContain(board.webhook.origin);
      expect((await board.spentMicros()) - spent).toBe(PRICE_MICROS);
      const sid = valueOf(form, kind === "message" ? "MessageSid" : "CallSid");
      expect(await board.alert(sid, 11200)).toMatchObject({ log_level: "error" });
      if (fallback !== null) expect(callsOf(form, fallback)).toHaveLength(1);
    }
  });

  it("is called by GET and then by POST where the number says so, each with its parameters in its place", async () => {
    board.webhook.onRaw("/failing-get", status(500));
    const [url, fallback] = [`${board.webhook.origin}/failing-get`, `${board.webhook.origin}/fallback`];
    const number = await board.number("/failing-get", { SmsUrl: url, SmsMethod: "GET", SmsFallbackUrl: fallback, SmsFallbackMethod: "POST" });
    const form = messageTo(number.phoneNumber);
    expect((await board.message(form)).text).toBe(RECOVERED);
    const [request] = callsOf(form, "/fallback");
    if (request === undefined) throw new Error("no fallback");
    expect(request.method).toBe("POST");
    expect(parameterOf(request, "ErrorCode")).toBe("11200");
    expect(board.webhook.requestsTo("/failing-get").at(-1)?.method).toBe("GET");
  });

  it.each([
    { what: "a private address", url: () => "http://10.0.0.1/hook" },
    { what: "a private address by another spelling", url: () => "http://0x0a000001/hook" },
    { what: "the address of cloud metadata", url: () => "http://169.254.169.254/latest/meta-data" },
    { what: "a private IPv6 address", url: () => "http://[fd00::1]/hook" },
    { what: "a name of the local network", url: () => "https://intranet/hook" },
    { what: "a special-use name", url: () => "https://hook.internal/hook" },
    { what: "the gateway itself", url: () => `${board.gateway.url}/v1/IncomingMessages` },
    { what: "the gateway by another loopback name", url: () => `${board.gateway.url.replace("127.0.0.1", "localhost")}/v1/IncomingMessages` },
    { what: "another scheme", url: () => "ftp://files.example.com/hook" },
  ])("since it is $what is refused by the API, and is not called when it is stored: the fallback answers", async ({ url }) => {
    const { gateway, developer } = board;
    const path = `/2010-04-01/Accounts/${developer.sid}/IncomingPhoneNumbers.json`;
    for (const parameter of ["SmsUrl", "VoiceUrl", "SmsFallbackUrl", "VoiceFallbackUrl"]) {
      const refused = await gateway.call(developer, "POST", path, { form: { PhoneNumber: newPhoneNumber(), [parameter]: url() } });
      expect(refused).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining(parameter) } });
    }
    const number = await numberWith(url(), `${board.webhook.origin}/fallback`);
    const form = messageTo(number.phoneNumber);
    const answer = await board.message(form);
    expect([answer.status, answer.text]).toEqual([200, RECOVERED]);
    const [fallback] = callsOf(form, "/fallback");
    if (fallback === undefined) throw new Error("no fallback");
    expect(parameterOf(fallback, "ErrorCode")).toBe("11200");
    expect(addOnsOf(fallback).results[offer.name]).toMatchObject({ status: "successful" });
    expect(await board.alert(valueOf(form, "MessageSid"), 11200)).toMatchObject({ log_level: "error" });
  });

  it("hangs for 15 s and no longer, for the headers or for the body; then its fallback answers", { timeout: 60_000 }, async () => {
    board.webhook.onRaw("/hanging", () => undefined);
    board.webhook.onRaw("/trickling", (_request, response) => {
      response.writeHead(200, { "Content-Type": "text/xml" });
      const timer = setInterval(() => response.write(" "), 100);
      response.on("close", () => clearInterval(timer));
    });
    const fallback = { SmsFallbackUrl: `${board.webhook.origin}/fallback` };
    const timed = await Promise.all(
      ["/hanging", "/trickling"].map(async (path) => {
        const form = messageTo((await board.number(path, fallback)).phoneNumber);
        return { form, answer: await board.message(form) };
      }),
    );
    for (const { form, answer } of timed) {
      expect([answer.status, answer.text]).toEqual([200, RECOVERED]);
      expect(answer.elapsedMs).toBeGreaterThanOrEqual(15_000);
      expect(answer.elapsedMs).toBeLessThan(17_000);
      expect(await board.alert(valueOf(form, "MessageSid"), 11200)).toMatchObject({ log_level: "error" });
    }
  });

  it("keeps its user info to itself: neither the fallback's parameters nor an alert nor a log line have it", async () => {
    board.webhook.onRaw("/failing", status(500));
    const secret = "hidden-password";
    const url = board.webhook.origin.replace("://", `://user:${secret}@`);
    const number = await addNumber(board.gateway, board.gateway.operator, board.developer.sid, { SmsUrl: `${url}/failing`, SmsFallbackUrl: `${url}/fallback` });
    const form = messageTo(number.phoneNumber);
    expect((await board.message(form)).text).toBe(RECOVERED);
    const [fallback] = callsOf(form, "/fallback");
    expect(fallback?.headers.authorization).toBe(`Basic ${btoa(`user:${secret}`)}`);
    expect(fallback?.rawBody).toContain("ErrorUrl");
    expect(fallback?.rawBody).not.toContain(secret);
    const alert = await board.alert(valueOf(form, "MessageSid"), 11200);
    expect(JSON.stringify(alert)).not.toContain(secret);
    expect(JSON.stringify(await board.alerts())).not.toContain(secret);
    expect(board.gateway.logs.join("\n")).not.toContain(secret);
  });
});
