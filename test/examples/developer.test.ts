import { once } from "node:events";
import type { Server } from "node:http";
import twilio from "twilio";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createDeveloper } from "../../examples/developer/app.ts";

const authToken = "5d41402abc4b2a76b9719d911017c592";
const gateway = { accountSid: `AC${"1".repeat(32)}`, gatewayOrigin: "https://gateway.test" };
const logged: string[] = [];
let server: Server;
let origin: string;

async function listening(publicOrigin?: string): Promise<{ server: Server; address: string }> {
  const started = createDeveloper({ ...gateway, authToken, publicOrigin }).listen(0, "127.0.0.1");
  await once(started, "listening");
  const bound = started.address();
  if (typeof bound !== "object" || bound === null) throw new Error("the server has no port");
  return { server: started, address: `http://127.0.0.1:${bound.port}` };
}

beforeAll(async () => {
  for (const method of ["warn", "error"] as const) vi.spyOn(console, method).mockImplementation((line: unknown) => void logged.push(String(line)));
  ({ server, address: origin } = await listening());
});
afterEach(() => void logged.splice(0));
afterAll(() => server.close());

type Parameters = Record<string, string | string[]>;

/** A webhook as the gateway sends it: a form, signed over the URL that the number has. */
async function post(path: string, parameters: Parameters, { signedUrl = origin + path, address = origin, headers = {} } = {}) {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, each]));
  const signature = twilio.getExpectedTwilioSignature(authToken, signedUrl, parameters);
  const response = await fetch(address + path, { method: "POST", headers: { "x-twilio-signature": signature, ...headers }, body: new URLSearchParams(pairs) });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

const successful = (result: object) => ({ request_sid: `XR${"0".repeat(32)}`, status: "successful", message: null, code: null, result });
const failed = { request_sid: `XR${"0".repeat(32)}`, status: "failed", message: "Request timed out", code: 61001, result: {} };
const addOns = (results: Record<string, unknown>) => JSON.stringify({ status: "successful", message: null, code: null, results });
const sentiment = (label: string, language: string | null = "en") => addOns({ message_sentiment: successful({ label, language, score: 0, words: [] }) });
const insight = (valid: boolean, region: string | null) => addOns({ number_insight: successful({ valid, region }) });

const message = (text: string) => `<?xml version="1.0" encoding="UTF-8"?><Response><Message>${text}</Message></Response>`;
const nothing = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

describe("a message", () => {
  test.each([
    ["positive", "en", "Thank you! We are glad to hear that."],
    ["negative", "en", "We are sorry to hear that. A person will answer you soon."],
    ["neutral", null, 'We have your message "Hi" and will answer soon.'],
    ["positive", "es", "¡Muchas gracias! Nos alegra leerlo."],
    ["negative", "es", "Lo sentimos mucho. Una persona le responderá pronto."],
  ])("that sounds %s, in %s, is answered so", async (label, language, text) => {
    const { status, type, text: xml } = await post("/sms", { Body: "Hi", AddOns: sentiment(label, language) });
    expect({ status, type, xml }).toEqual({ status: 200, type: "text/xml; charset=utf-8", xml: message(text) });
  });

  test.each<[string, Parameters]>([
    ["without AddOns", {}],
    ["with no add-on", { AddOns: addOns({}) }],
    ["with a failed add-on", { AddOns: addOns({ message_sentiment: failed, number_insight: failed }) }],
    ["with an answer of another shape", { AddOns: addOns({ message_sentiment: successful({ label: "furious" }) }) }],
    ["with an envelope that failed", { AddOns: JSON.stringify({ status: "failed", message: "Internal server error", code: 61000, results: {} }) }],
    ["with AddOns that are no JSON", { AddOns: "{" }],
    ["with AddOns twice", { AddOns: [addOns({}), addOns({})] }],
  ])("%s gets a receipt", async (_, parameters) => {
    expect(await post("/sms", { Body: "Hi", ...parameters })).toMatchObject({ status: 200, text: message('We have your message "Hi" and will answer soon.') });
  });

  test("is quoted as XML text, and cut between characters", async () => {
    expect((await post("/sms", { Body: '<b>&"é' })).text).toContain('"&lt;b&gt;&amp;"é"');
    expect((await post("/sms", { Body: "👩‍👩‍👧".repeat(41) })).text).toContain(`"${"👩‍👩‍👧".repeat(40)}…"`);
  });

  test("without a text gets a receipt without a quote", async () => {
    for (const parameters of [{ Body: "" }, { Body: " \n" }, {}]) {
      expect((await post("/sms", { NumMedia: "1", ...parameters })).text).toBe(message("We have your message and will answer soon."));
    }
  });

  test("from a number that nobody has gets no reply", async () => {
    expect((await post("/sms", { Body: "Hi", AddOns: insight(false, null) })).text).toBe(nothing);
  });

  test("leaves no trace in the log but which add-on failed", async () => {
    await post("/sms", { Body: "secret", From: "+14158675309", AddOns: addOns({ message_sentiment: failed }) });
    expect(logged).toEqual(['{"add_on":"message_sentiment","code":61001,"problem":"failed"}']);
  });
});

describe("a call", () => {
  test.each([
    [insight(true, "US"), /<Say language="en-US">Thank you for calling\./],
    [insight(true, "MX"), /<Say language="es-MX">Gracias por su llamada\./],
    [insight(true, null), /<Say language="en-US">/],
    [insight(false, "US"), /<Reject\/>/],
    [addOns({ number_insight: failed }), /<Say language="en-US">/],
    [addOns({}), /<Say language="en-US">/],
  ])("with %s is answered %s", async (results, expected) => {
    const { status, text } = await post("/voice", { CallSid: `CA${"0".repeat(32)}`, AddOns: results });
    expect(status).toBe(200);
    expect(text).toMatch(expected);
  });
});

describe("the official middleware, unchanged,", () => {
  test.each<[string, Parameters]>([
    ["non-ASCII text", { Body: "¿Qué tal? 明日 ä\u0308 \u{1F600}" }],
    ["empty values", { Body: "", NumMedia: "", FromCity: "" }],
    ["repeated keys", { MediaUrl: ["b", "a"], Body: "Hi" }],
    ["characters that forms encode", { Body: "a+b c&d=e%20\r\n~*'()!", "Key With Space": "x" }],
    ["quotes and emoji in AddOns", { Body: "Hi", AddOns: addOns({ message_sentiment: successful({ label: "neutral", language: null, words: [{ word: '"❤️\\', score: 3 }] }) }) }],
    ["2 MB of AddOns", { Body: "Hi", AddOns: addOns({ other: successful({ text: "é".repeat(330_000) }) }) }],
    ["990 parameters", Object.fromEntries(Array.from({ length: 990 }, (_, index) => [`P${index}`, "x"]))],
  ])("accepts %s", async (_, parameters) => expect((await post("/sms", parameters)).status).toBe(200));

  test("accepts a URL with a query and a port, and one with user info, which is not signed", async () => {
    expect((await post("/sms?shop=7&name=caf%C3%A9&empty=", { Body: "Hi" })).status).toBe(200);
    const basic = { authorization: `Basic ${Buffer.from("user:pass").toString("base64")}` };
    expect((await post("/sms", { Body: "Hi" }, { headers: basic })).status).toBe(200);
  });

  test("accepts behind a proxy what was signed for the public origin", async () => {
    const behind = await listening("https://shop.example.com");
    const sent = (signedOrigin: string) => post("/sms?a=1", { Body: "Hi" }, { address: behind.address, signedUrl: `${signedOrigin}/sms?a=1` });
    expect([(await sent("https://shop.example.com")).status, (await sent(behind.address)).status]).toEqual([200, 403]);
    behind.server.close();
  });

  test("refuses another URL's signature, another body's, and none", async () => {
    expect((await post("/sms", { Body: "Hi" }, { signedUrl: `${origin}/voice` })).status).toBe(403);
    const forged = twilio.getExpectedTwilioSignature(authToken, `${origin}/sms`, { Body: "Hi" });
    expect((await post("/sms", { Body: "Bye" }, { headers: { "x-twilio-signature": forged } })).status).toBe(403);
    expect((await fetch(`${origin}/sms`, { method: "POST", body: new URLSearchParams({ Body: "Hi" }) })).status).toBe(400);
    expect((await fetch(`${origin}/sms`, { method: "POST" })).status).toBe(400);
  });
});

test("a body over 4 MB is refused without a stack trace", async () => {
  const { status, text } = await post("/sms", { Body: "x".repeat(4_200_000) });
  expect({ status, text }).toEqual({ status: 413, text: "The request cannot be read." });
  expect(logged).toEqual(['{"status":413,"error":"PayloadTooLargeError"}']);
});

test("GET /health says that it is up, and there is no developer without a token", async () => {
  expect(await (await fetch(`${origin}/health`)).json()).toEqual({ status: "ok" });
  expect(() => createDeveloper({ ...gateway, authToken: "" })).toThrow("without an auth token");
});
