import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageTo, callTo, valueOf, type Delivered, type Form } from "../support/carrier.ts";
import type { HandleRaw } from "../support/developer-webhook.ts";
import { answering } from "../support/loopback-publisher.ts";
import type { OwnNumber } from "../support/phone-numbers.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";

const LIMIT_BYTES = 65_536;
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

type Answer = { what: string; status?: number; type?: string; body?: string | Buffer; headers?: Record<string, string>; expected?: Buffer };

/** Headers of a developer's answer that are for nobody but the gateway. */
const OWN_HEADERS = { "Set-Cookie": "session=1", "X-Powered-By": "Express", "Cache-Control": "max-age=60", ETag: '"1"', Location: "/elsewhere", "X-Custom": "1", "Content-Disposition": "attachment", "Access-Control-Allow-Credentials": "true", "Twilio-Request-Id": "RQ1" };

const ANSWERS: Answer[] = [
  { what: "TwiML", type: "text/xml", body: '<?xml version="1.0" encoding="UTF-8"?><Response><Message>Hi</Message></Response>' },
  { what: "TwiML with a charset", type: "text/xml; charset=utf-8", body: "<Response><Message>¡Olé! 😀</Message></Response>" },
  { what: "Latin-1, which nobody decodes", type: "text/xml; charset=iso-8859-1", body: Buffer.from("<Response>é</Response>", "latin1") },
  { what: "JSON, written as it pleases", type: "application/json", body: '{ "b":12345678901234567890,\n"a":1 }' },
  { what: "plain text", type: "text/plain", body: "Thank you" },
  { what: "a 201", status: 201, type: "application/xml", body: "<Response/>" },
  { what: "a 202 without a body", status: 202, type: "text/xml", body: "" },
  { what: "a 204", status: 204 },
  { what: "a 205", status: 205 },
  { what: "a media type with parameters of any kind", type: 'text/xml; charset="utf-8"; name="a;b,c"', body: "<Response/>" },
  { what: "every byte there is", type: "application/octet-stream", body: everyByte },
  { what: "what looks like an error", type: "application/json", body: '{"code":20404,"message":"x","status":404}' },
  { what: "what was compressed", type: "text/xml", body: gzipSync("<Response>small</Response>"), headers: { "Content-Encoding": "gzip" }, expected: Buffer.from("<Response>small</Response>") },
  { what: "exactly 65,536 bytes", type: "text/xml", body: Buffer.alloc(LIMIT_BYTES, "x") },
  { what: "exactly 65,536 bytes when it is decompressed", type: "text/xml", body: gzipSync(Buffer.alloc(LIMIT_BYTES, "x")), headers: { "Content-Encoding": "gzip" }, expected: Buffer.alloc(LIMIT_BYTES, "x") },
];

describe("the developer's answer", () => {
  let board: Switchboard;
  let answers: number;
  let passesHook: OwnNumber;

  beforeAll(async () => {
    board = await startSwitchboard();
    await board.offerIncoming(answering({ ran: true }));
    answers = 0;
    passesHook = await board.number("/answers");
  });
  afterAll(async () => {
    await board.stop();
    expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
  });

  const deliver = (kind: "message" | "call", number: OwnNumber): Promise<Delivered> => {
    const form: Form = kind === "message" ? messageTo(number.phoneNumber) : callTo(number.phoneNumber);
    return kind === "message" ? board.message(form) : board.call(form);
  };
  const writing =
    ({ status = 200, type, body = "", headers = {} }: Answer): HandleRaw =>
    (_request, response) => {
      answers += 1;
      response.writeHead(status, { ...(type !== undefined && { "Content-Type": type }), ...headers, ...OWN_HEADERS }).end(body);
    };

  it.each(ANSWERS)("goes back with its status, media type and body, and none of its other headers: $what", async (answer) => {
    board.webhook.onRaw("/answers", writing(answer));
    for (const kind of ["message", "call"] as const) {
      const before = answers;
      const { status, headers, bytes } = await deliver(kind, passesHook);
      expect(answers).toBe(before + 1);
      expect(status).toBe(answer.status ?? 200);
      expect(headers.get("Content-Type")).toBe(answer.type ?? null);
      expect(bytes.equals(answer.expected ?? Buffer.from(answer.body ?? ""))).toBe(true);
      expect(headers.get("Content-Encoding")).toBeNull();
      for (const [name, value] of Object.entries(OWN_HEADERS)) expect(headers.get(name), name).not.toBe(value);
      expect(headers.get("Set-Cookie")).toBeNull();
      // On the gateway's own origin a developer's page must be no more than data.
      expect([headers.get("X-Content-Type-Options"), headers.get("Content-Security-Policy")]).toEqual(["nosniff", "sandbox"]);
    }
  });

  describe("without a URL", () => {
    it.each(["message", "call"] as const)("is an empty TwiML response of the gateway's own to a %s, for which nothing runs, and an alert", async (kind) => {
      const number = await board.number("/never", kind === "message" ? { SmsUrl: "" } : { VoiceUrl: "" });
      const [requests, spent] = [board.publisher.requests.length, await board.spentMicros()];
      const form = kind === "message" ? messageTo(number.phoneNumber) : callTo(number.phoneNumber);
      const answer = await (kind === "message" ? board.message(form) : board.call(form));
      expect(answer.status).toBe(200);
      expect(answer.headers.get("Content-Type")).toMatch(/^text\/xml/);
      expect(answer.text).toMatch(/^(?:<\?xml [^>]*\?>\s*)?<Response\s*\/>\s*$/);
      expect(board.webhook.requestsTo("/never")).toEqual([]);
      expect([board.publisher.requests.length, await board.spentMicros()]).toEqual([requests, spent]);
      const sid = valueOf(form, kind === "message" ? "MessageSid" : "CallSid");
      const alert = (await board.alerts()).find((each) => each.resource_sid === sid || each.resource_sid === number.sid);
      expect(alert, "an alert about the message, the call or the number").toMatchObject({ account_sid: board.developer.sid });
    });

    it("is the other kind's own matter", async () => {
      const number = await board.number("/voice-only", { SmsUrl: "" });
      await deliver("call", number);
      expect(board.webhook.requestsTo("/voice-only")).toHaveLength(1);
    });

    it("does not come from the fallback URL, which stands in for a URL that failed", async () => {
      const number = await board.number("/never", { SmsUrl: "", SmsFallbackUrl: `${board.webhook.origin}/fallback-alone` });
      const answer = await deliver("message", number);
      expect([answer.status, board.webhook.requestsTo("/fallback-alone").length]).toEqual([200, 0]);
    });
  });

  describe("to a GET", () => {
    it.each(["", "?", "?a=1&", "?a=1#fragment"])("comes from a URL that has %s at its end as well", async (end) => {
      const path = `/get-${end.length}`;
      const number = await board.number(path, { SmsUrl: board.webhook.origin + path + end, SmsMethod: "GET" });
      const form = messageTo(number.phoneNumber);
      expect((await board.message(form)).status).toBe(200);
      const [request] = board.webhook.requestsTo(path);
      const query = [...new URL(board.webhook.origin + request?.originalUrl).searchParams];
      expect(query.filter(([name]) => name !== "a")).toEqual(form);
    });

    it.each(["message", "call"] as const)("is to a %s whose parameters stand in the query, signed with the URL; no add-on runs, nothing is billed, and a warning 61006 says so", async (kind) => {
      const path = `/get-${kind}`;
      const url = `${board.webhook.origin}${path}?tag=it's`;
      const number = await board.number(path, { SmsUrl: url, VoiceUrl: url, SmsMethod: "GET", VoiceMethod: "GET" });
      board.webhook.on(path, (_request, response) => void response.type("text/xml").send("<Response><!-- got --></Response>"));
      const [requests, spent] = [board.publisher.requests.length, await board.spentMicros()];
      const form: Form = [...(kind === "message" ? messageTo(number.phoneNumber) : callTo(number.phoneNumber)), ["Tag", "é & +"], ["Tag", "b"], ["Empty", ""]];
      const answer = await (kind === "message" ? board.message(form) : board.call(form));
      expect([answer.status, answer.text]).toEqual([200, "<Response><!-- got --></Response>"]);
      const [request, ...more] = board.webhook.requestsTo(path);
      expect([request?.method, request?.rawBody, more]).toEqual(["GET", "", []]);
      const query = [...new URL(board.webhook.origin + request?.originalUrl).searchParams];
      expect(query).toEqual([["tag", "it's"], ...form]);
      expect([board.publisher.requests.length, await board.spentMicros()]).toEqual([requests, spent]);
      const sid = valueOf(form, kind === "message" ? "MessageSid" : "CallSid");
      expect(await board.alert(sid, 61006)).toMatchObject({ log_level: "warning", error_code: "61006", resource_sid: sid });
    });
  });
});
