import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { basic, callTo, codeOf, messageTo, newSid, post, upstream, type Delivered, type Form } from "../support/carrier.ts";
import { pairsOf } from "../support/developer-webhook.ts";
import { authorization } from "../support/gateway.ts";
import { answering } from "../support/loopback-publisher.ts";
import { setUpstreamAuthToken, type OwnNumber } from "../support/phone-numbers.ts";
import { rawRequest } from "../support/raw-request.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";

const MEBIBYTE = 1_048_576;
const FORM = "application/x-www-form-urlencoded";
const UPSTREAM_TOKEN = "8".repeat(32);
const RESOURCES = ["/v1/IncomingMessages", "/v1/IncomingCalls"] as const;

const encoded = (form: Form): string => new URLSearchParams(form.map(([name, value]): [string, string] => [name, value])).toString();
const latin1 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "latin1"));

describe("bad input of carriers", () => {
  let board: Switchboard;
  let number: OwnNumber;
  let received: number;

  beforeAll(async () => {
    board = await startSwitchboard();
    number = await board.number("/hook");
    await board.offerIncoming(answering({ ok: true }));
    await setUpstreamAuthToken(board.gateway, board.developer, UPSTREAM_TOKEN);
  });
  beforeEach(() => {
    received = board.webhook.requests.length;
  });
  afterAll(async () => {
    await board.stop();
    expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
    expect(board.gateway.logs.filter((line) => line.includes('"event":"error"'))).toEqual([]);
  });

  const send = (path: string, body: string | Uint8Array<ArrayBuffer>, type: string | null = FORM): Promise<Delivered> =>
    post(board.gateway, path, { ...authorization(board.gateway.operator), ...(type !== null && { "Content-Type": type }) }, body);
  const formFor = (resource: (typeof RESOURCES)[number]): Form => (resource === "/v1/IncomingMessages" ? messageTo(number.phoneNumber) : callTo(number.phoneNumber));
  function expectRefused(answer: Delivered, status: number, code: number, named = ""): void {
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.text).toContain(named);
    expect(board.webhook.requests.length).toBe(received);
  }

  it.each(["application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencodedx", "nonsense", ""])("is refused by the name of the header: Content-Type %s", async (type) => {
    for (const resource of RESOURCES) {
      expectRefused(await send(resource, encoded(formFor(resource)), type), 400, 20001, "Content-Type");
      // The same for a carrier that signs: it is not let in by what is not read.
      const signed = upstream(UPSTREAM_TOKEN)(board.gateway.url + resource, []);
      const answer = await post(board.gateway, resource, { ...signed, "Content-Type": type }, encoded(formFor(resource)));
      expect([400, 403]).toContain(answer.status);
      expect(board.webhook.requests.length).toBe(received);
    }
  });

  it.each([`${FORM};charset=UTF-8`, `${FORM} ; charset=utf-8`, "Application/X-WWW-Form-URLencoded"])("is not what is said in other words: Content-Type %s", async (type) => {
    for (const resource of RESOURCES) expect((await send(resource, encoded(formFor(resource)), type)).status).toBe(200);
  });

  it.each([
    { what: "nothing", body: "" },
    { what: "separators alone", body: "&&&&=&=&" },
    { what: "no name", body: "=x" },
    { what: "a NUL byte", body: "\0" },
    { what: "JSON", body: '{"To":"+14158675309"}' },
    { what: "broken escapes", body: "%=%%&%zz=%E2%82" },
    { what: "To in another place", body: "to=%2B14158675309&TO=%2B14158675309" },
  ])("is refused where a form is malformed: $what", async ({ body }) => {
    for (const resource of RESOURCES) expectRefused(await send(resource, body), 400, 20001);
  });

  it.each([
    { what: "without To", form: (sid: string): Form => [[sid, newSid("SM")], ["From", "+14158675309"]] },
    { what: "with an empty To", form: (sid: string): Form => [[sid, newSid("SM")], ["To", ""]] },
    { what: "with two", form: (sid: string): Form => [[sid, newSid("SM")], ["To", "+14158675309"], ["To", "+14158675310"]] },
  ])("is refused by the name of the parameter: $what", async ({ form }) => {
    for (const [resource, sid] of [[RESOURCES[0], "MessageSid"], [RESOURCES[1], "CallSid"]] as const) expectRefused(await send(resource, encoded(form(sid))), 400, 20001, "To");
  });

  it.each(["anything", "+1", "+", "0", "+0123456789", `+${"1".repeat(40)}`, "client:alice", "+1415867530\u0660", "' OR 1=1 --", "\u0000", "+14158675309,+14158675310", "é".repeat(2_000)])("is answered 404 where To is no number: %s", async (to) => {
    for (const resource of RESOURCES) expectRefused(await send(resource, encoded([...formFor(resource).filter(([name]) => name !== "To"), ["To", to]])), 404, 20404);
  });

  it.each([
    { what: "256 characters", sid: "S".repeat(256) },
    { what: "a megabyte", sid: "S".repeat(1_000_000) },
  ])("is refused by the name of the SID: $what", async ({ sid }) => {
    expectRefused(await send(RESOURCES[0], encoded(messageTo(number.phoneNumber, { MessageSid: sid }))), 400, 20001, "MessageSid");
    expectRefused(await send(RESOURCES[1], encoded(callTo(number.phoneNumber, { CallSid: sid }))), 400, 20001, "CallSid");
  });

  it.each(["1", "not a SID", "é 😀 \u0000", "x".repeat(255), "../../etc", "MM00000000000000000000000000000001"])("is not a SID of another make: %s", async (sid) => {
    expect((await send(RESOURCES[0], encoded(messageTo(number.phoneNumber, { MessageSid: sid })))).status).toBe(200);
    expect(pairsOf(board.webhook.requests.at(-1) ?? missing())).toContainEqual(["MessageSid", sid]);
  });

  it("is refused at 991 parameters, and not at 990", async () => {
    for (const resource of RESOURCES) {
      const base = formFor(resource);
      const filled = (count: number): Form => [...base, ...Array.from({ length: count - base.length }, (_, index): [string, string] => [`P${index}`, String(index)])];
      const whole = filled(990);
      expect((await send(resource, encoded(whole))).status).toBe(200);
      expect(pairsOf(board.webhook.requests.at(-1) ?? missing()).filter(([name]) => name !== "AddOns")).toEqual(whole);
      received = board.webhook.requests.length;
      for (const count of [991, 5_000]) expectRefused(await send(resource, encoded(filled(count))), 400, 20001, "990");
    }
  });

  it("is refused above 1 MiB, announced or not, and not at it", async () => {
    for (const resource of RESOURCES) {
      const start = `${encoded(formFor(resource))}&Filler=`;
      const whole = start + "x".repeat(MEBIBYTE - start.length);
      const delivered = await send(resource, whole);
      expect(delivered.status).toBe(200);
      received = board.webhook.requests.length;
      expectRefused(await send(resource, `${whole}x`), 413, 20413);
      const head = [`POST ${resource} HTTP/1.1`, `Authorization: ${authorization(board.gateway.operator)["Authorization"]}`, `Content-Type: ${FORM}`];
      const chunked = await rawRequest(board.gateway.url, head, Array.from({ length: 20 }, () => "x".repeat(65_536)));
      expect(chunked.status).toBe(413);
    }
  });

  it.each([
    { what: "bytes that are no UTF-8", body: (start: string) => latin1(`${start}&Body2=\xff\xfe\xc3(`), expected: /^\uFFFD+\(?$/u },
    { what: "escapes that are no UTF-8", body: (start: string) => `${start}&Body2=%FF%C3%28`, expected: /^\uFFFD+\(?$/u },
    { what: "half of a surrogate pair", body: (start: string) => `${start}&Body2=%ED%A0%80`, expected: /^\uFFFD+$/u },
    { what: "half of an escape", body: (start: string) => `${start}&Body2=100%&Body3=%4`, expected: /^100%$/ },
  ])("is text with replacement characters, and a webhook that validates: $what", async ({ body, expected }) => {
    for (const resource of RESOURCES) {
      expect((await send(resource, body(encoded(formFor(resource))))).status).toBe(200);
      const value = pairsOf(board.webhook.requests.at(-1) ?? missing()).find(([name]) => name === "Body2")?.[1];
      expect(value).toMatch(expected);
    }
  });

  it("is another method than POST: 405, and which one it takes", async () => {
    for (const resource of RESOURCES) {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answer = await board.gateway.call(board.gateway.operator, method, resource);
        expect([answer.status, answer.body["code"], answer.headers.get("Allow")]).toEqual([405, 20004, expect.stringContaining("POST")]);
      }
    }
  });

  it("is parameters in the query, which are not those of the message", async () => {
    const form = messageTo(number.phoneNumber);
    expectRefused(await send(`${RESOURCES[0]}?${encoded(form)}`, ""), 400, 20001);
    const sender = basic(board.gateway.operator)("", []);
    const delivered = await post(board.gateway, `${RESOURCES[0]}?Body=query`, { ...sender, "Content-Type": FORM }, encoded(form));
    expect(delivered.status).toBe(200);
    expect(pairsOf(board.webhook.requests.at(-1) ?? missing()).filter(([name]) => name === "Body")).toEqual([["Body", "Hello"]]);
  });
});

function missing(): never {
  throw new Error("no webhook was called");
}
