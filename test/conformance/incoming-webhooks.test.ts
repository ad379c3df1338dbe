import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callTo, messageTo, type Form } from "../support/carrier.ts";
import { addOnsOf, pairsOf, parameterOf } from "../support/developer-webhook.ts";
import { until } from "../support/gateway.ts";
import { answering } from "../support/loopback-publisher.ts";
import type { Offer } from "../support/marketplace.ts";
import type { OwnNumber } from "../support/phone-numbers.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";

const EMPTY_ENVELOPE = { status: "successful", message: null, code: null, results: {} };
const KINDS = ["message", "call"] as const;

/** What an add-on's answer can do to a form, a signature or JSON. */
const TRICKY = {
  quotes: `He said: "¡olé!" and 'adiós' \\ \\" \u2028`,
  emoji: "👩‍👩‍👧‍👦 & 100% + <b>=</b>; café",
  "a key with \"quotes\" & emoji 🎉": [1, null, { deep: ["\u0000", "\r\n\t"] }],
};

describe("the developer's webhook", () => {
  let board: Switchboard;
  let number: OwnNumber;
  let tricky: Offer;

  beforeAll(async () => {
    board = await startSwitchboard();
    number = await board.number("/hook");
    tricky = await board.offerIncoming(answering(TRICKY));
  });
  afterAll(async () => {
    await board.stop();
    expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
  });

  const deliver = (kind: (typeof KINDS)[number], form: Form) => (kind === "message" ? board.message(form) : board.call(form));
  /** Delivers, and finds what the application got at this path. */
  async function arrived(kind: (typeof KINDS)[number], form: Form, path = "/hook") {
    const before = board.webhook.requestsTo(path).length;
    const answer = await deliver(kind, form);
    const [request, ...more] = board.webhook.requestsTo(path).slice(before);
    if (request === undefined) throw new Error(`no webhook: ${answer.status} ${answer.text}; ${board.webhook.violations.join("; ")}`);
    expect(more).toEqual([]);
    return { answer, request };
  }

  it.each(KINDS)("gets every parameter of a %s as it came, and AddOns, under a signature that the official middleware accepts [example-incoming, types-enabled-then-invoked]", async (kind) => {
    const form = kind === "message" ? messageTo(number.phoneNumber) : callTo(number.phoneNumber);
    const { answer, request } = await arrived(kind, form);
    expect(answer.status).toBe(200);
    expect(request.method).toBe("POST");
    expect(request.headers["content-type"]).toMatch(/^application\/x-www-form-urlencoded/);
    const pairs = pairsOf(request);
    expect(pairs.filter(([name]) => name !== "AddOns")).toEqual(form);
    expect(addOnsOf(request)).toEqual({
      ...EMPTY_ENVELOPE,
      results: { [tricky.name]: { request_sid: expect.stringMatching(/^XR[0-9a-f]{32}$/), status: "successful", message: null, code: null, result: TRICKY } },
    });
  });

  it("gets an add-on's answer as its publisher wrote it, with numbers that no double holds", async () => {
    const exact = await board.offerAnalysis((_request, response) => void response.writeHead(200).end('{"big":12345678901234567890, "price":1.10,"a":1,"a":2}'));
    const { request } = await arrived("message", messageTo(number.phoneNumber));
    expect(parameterOf(request, "AddOns")).toContain('{"big":12345678901234567890, "price":1.10,"a":1,"a":2}');
    await board.disable(exact, "sms-incoming");
  });

  it.each<{ what: string; more: Form }>([
    { what: "non-ASCII text", more: [["Body", "Grüße, 世界! Ωμέγα"], ["FromCity", "ZÜRICH"]] },
    { what: "emoji beyond the first plane, which sort by UTF-16 units", more: [["\u{1F600}", "face"], ["\uFF61", "half"], ["z", "😀"]] },
    { what: "empty values", more: [["FromCity", ""], ["FromZip", ""], ["Z", ""]] },
    { what: "repeated keys, whose values repeat too", more: [["Tag", "b"], ["Tag", "a"], ["Tag", "b"], ["Tag", ""]] },
    { what: "names with brackets", more: [["Media[0]", "a"], ["a[b][c]", "1"], ["list[]", "2"], ["list[]", "1"], ["open[", "x"]] },
    { what: "names with dots, a plus, blanks and percent signs", more: [["Geo.Lat", "1.5"], ["a+b", "+"], ["a b", " "], ["100%", "%"], ["%41", "%2B"]] },
    { what: "names that objects have already", more: [["constructor", "1"], ["toString", "2"], ["hasOwnProperty", "3"]] },
    { what: "names that differ in case", more: [["addons", "lower"], ["ADDONS", "upper"], ["body", "x"]] },
    { what: "what nobody has heard of", more: [["X-Unknown-Parameter", "kept"], ["StirVerstat", "TN-Validation-Passed-A"], ["9", "digit"], ["AddOns.x.y", "kept"]] },
    { what: "a message of many parts", more: [["Body", "x".repeat(100_000)]] },
  ])("gets parameters unchanged: $what", async ({ more }) => {
    for (const kind of KINDS) {
      const names = new Set(more.map(([name]) => name));
      const base = kind === "message" ? messageTo(number.phoneNumber) : callTo(number.phoneNumber);
      const form = [...base.filter(([name]) => !names.has(name)), ...more];
      const { request } = await arrived(kind, form);
      expect(pairsOf(request).filter(([name]) => name !== "AddOns")).toEqual(form);
      expect(addOnsOf(request).results[tricky.name]).toMatchObject({ status: "successful" });
    }
  });

  it("gets no AddOns but the gateway's own", async () => {
    const forged = JSON.stringify({ ...EMPTY_ENVELOPE, results: { forged: {} } });
    for (const more of [[["AddOns", forged]], [["AddOns", ""], ["AddOns", forged]]] satisfies [string, string][][]) {
      for (const kind of KINDS) {
        const form = kind === "message" ? messageTo(number.phoneNumber) : callTo(number.phoneNumber);
        const { request } = await arrived(kind, [...more, ...form]);
        expect(pairsOf(request).filter(([name]) => name !== "AddOns")).toEqual(form);
        expect(Object.keys(addOnsOf(request).results)).toEqual([tricky.name]);
      }
    }
  });

  it.each([
    { what: "a query", suffix: "?tag=a&name=b" },
    { what: "repeated keys and empty ones", suffix: "?tag=b&tag=a&empty=&flag&=x" },
    { what: "an apostrophe", suffix: "?q=it's" },
    { what: "what is escaped", suffix: "?a=%20b%2Bc&plus=1+1&pct=%25&slash=%2F&lower=%c3%a9" },
    { what: "what is not escaped", suffix: "?name=José&json={\"a\":[1]}&pipe=a|b" },
    { what: "names of parameters that are also in the form", suffix: "?Body=other&From=nobody&AddOns=none" },
    { what: "brackets and semicolons", suffix: "?a[]=1&a[]=2;b=3" },
    { what: "a fragment, which is never sent", suffix: "?a=1#fragment" },
  ])("validates at a URL with a port and $what", async ({ suffix }) => {
    const path = "/query";
    const own = await board.number(path + suffix);
    for (const kind of KINDS) {
      const form = kind === "message" ? messageTo(own.phoneNumber) : callTo(own.phoneNumber);
      const { answer, request } = await arrived(kind, form, path);
      expect(answer.status).toBe(200);
      const sent = new URL(board.webhook.origin + path + suffix);
      expect([...new URL(board.webhook.origin + request.originalUrl).searchParams]).toEqual([...sent.searchParams]);
      expect(pairsOf(request).filter(([name]) => name !== "AddOns")).toEqual(form);
    }
  });

  it("validates at a path with what URLs escape", async () => {
    const own = await board.number("/caf%C3%A9/a%20b/(c)");
    const answer = await board.message(messageTo(own.phoneNumber));
    expect(answer.status).toBe(200);
    expect(board.webhook.requests.at(-1)?.originalUrl).toBe("/caf%C3%A9/a%20b/(c)");
  });

  it.each([
    { userInfo: "user:password", credentials: "user:password" },
    { userInfo: "us%40er:p%3Aa%2Fss%25", credentials: "us@er:p:a/ss%" },
    { userInfo: "only-a-name", credentials: "only-a-name:" },
    { userInfo: "caf%C3%A9:%F0%9F%98%80", credentials: "café:😀" },
  ])("gets the user info of its URL as Basic, and validates without it: $userInfo", async ({ userInfo, credentials }) => {
    const path = "/basic";
    const url = `${board.webhook.origin.replace("://", `://${userInfo}@`)}${path}?a=1`;
    const own = await board.number(path, { SmsUrl: url, VoiceUrl: url });
    for (const kind of KINDS) {
      const { request } = await arrived(kind, kind === "message" ? messageTo(own.phoneNumber) : callTo(own.phoneNumber), path);
      expect(Buffer.from(request.headers.authorization?.replace(/^Basic /, "") ?? "", "base64").toString("utf8")).toBe(credentials);
      expect(request.originalUrl).toBe(`${path}?a=1`);
    }
  });

  it("gets no credentials where its URL has none, and nothing of the carrier's headers", async () => {
    const { request } = await arrived("message", messageTo(number.phoneNumber));
    expect(request.headers.authorization).toBeUndefined();
    expect(JSON.stringify(request.headers)).not.toContain(board.gateway.operator.sid);
  });

  it("is SmsUrl for a message and VoiceUrl for a call", async () => {
    const own = await board.number("/", { SmsUrl: `${board.webhook.origin}/sms`, VoiceUrl: `${board.webhook.origin}/voice` });
    const message = await arrived("message", messageTo(own.phoneNumber), "/sms");
    expect(parameterOf(message.request, "MessageSid")).toMatch(/^SM/);
    const call = await arrived("call", callTo(own.phoneNumber), "/voice");
    expect(parameterOf(call.request, "CallSid")).toMatch(/^CA/);
    expect([board.webhook.requestsTo("/sms").length, board.webhook.requestsTo("/voice").length]).toEqual([1, 1]);
  });

  it("gets AddOns also when nothing ran", async () => {
    await board.disable(tricky, "voice-incoming");
    const { request } = await arrived("call", callTo(number.phoneNumber));
    expect(JSON.parse(parameterOf(request, "AddOns"))).toEqual(EMPTY_ENVELOPE);
    await board.enable(tricky, "voice-incoming");
  });

  it("is signed with the account's primary token: beside a secondary one, and after that was promoted", async () => {
    const { gateway, developer, webhook } = board;
    const { body } = await gateway.call<{ secondary_auth_token: string }>(developer, "POST", "/v1/AuthTokens/Secondary");
    await arrived("message", messageTo(number.phoneNumber));
    expect((await gateway.call(developer, "POST", "/v1/AuthTokens/Promote")).status).toBe(200);
    developer.secret = body.secondary_auth_token;
    webhook.authToken = developer.secret;
    await until("webhooks are signed with the promoted token", async () => {
      // Until then the gateway may sign with the old one.
      webhook.violations.length = 0;
      return (await board.message(messageTo(number.phoneNumber))).status === 200;
    });
    await arrived("call", callTo(number.phoneNumber));
    expect(webhook.violations).toEqual([]);
  });
});
