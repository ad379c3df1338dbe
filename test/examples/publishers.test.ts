import { once } from "node:events";
import type { Server } from "node:http";
import { Validator } from "@cfworker/json-schema";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { answeringDefinitions, type Definition } from "../../examples/publishers/definitions.ts";
import { createPublishers } from "../../examples/publishers/publishers.ts";
import { soundAnalysisDefinition } from "../../examples/publishers/sound_analysis/definition.ts";
import { type GatewayRequest, gatewayRequest } from "./gateway-request.ts";

// Not the address that the tests connect to: a signature is checked against the publisher's own origin, never against the Host header.
const origin = "https://publisher.test";
const authToken = "5d41402abc4b2a76b9719d911017c592";
const secondaryAuthToken = "7d793037a0760186574b0282f2f435e7";
const credentials = { anagramsPassword: "p:ä", numberInsightToken: "token", spamScoreKey: "key", messageSentimentKey: "k&=ä", soundAnalysisPassword: "s" };
const callbackKey = { sid: "SK00000000000000000000000000000001", secret: "the-secret" };
const all = answeringDefinitions(origin, credentials);

let server: Server;
let address: string;

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  ({ server } = createPublishers({ origin, authTokens: [authToken, secondaryAuthToken], credentials, callbackKey }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (typeof bound !== "object" || bound === null) throw new Error("the server has no port");
  address = `http://127.0.0.1:${bound.port}`;
});

afterAll(() => server.close());

let requests = 0;
/** Fields of a fresh invocation, those of each type that the add-ons have. */
function fields(e164 = "+18778894546"): Record<string, string> {
  requests += 1;
  return { request_sid: `XR${requests.toString(16).padStart(32, "0")}`, primary_address: e164, reason: "call", body: `Thank you, call ${e164}` };
}

async function send({ method, target, headers, body }: GatewayRequest): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(address + target, { method, headers, ...(method === "GET" ? {} : { body }) });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

function define(uniqueName: string): Definition {
  const definition = all.find(({ unique_name }) => unique_name === uniqueName);
  if (definition === undefined) throw new Error(`no definition of ${uniqueName}`);
  return definition;
}

test("the guide's number spells TWILIO, through the whole server", async () => {
  const { status, text } = await send(gatewayRequest(define("publisher_anagrams"), fields("+18778894546"), { authToken }));
  expect(status).toBe(200);
  expect(JSON.parse(text).anagrams).toContain("+18778TWILIO");
});

describe.each(all)("$unique_name", (definition) => {
  test("answers a signed request with JSON that its own response schema accepts", async () => {
    const { status, text, headers } = await send(gatewayRequest(definition, fields(), { authToken }));
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/json");
    const schema = definition["response_schema"];
    if (typeof schema !== "object" || schema === null) throw new Error("no response schema");
    expect(new Validator(schema, "4").validate(JSON.parse(text))).toMatchObject({ valid: true });
    expect(JSON.parse(text)).not.toHaveProperty("error");
  });

  test("answers during a rotation what is signed with the secondary token", async () => {
    expect((await send(gatewayRequest(definition, fields(), { authToken: secondaryAuthToken }))).status).toBe(200);
  });

  test("answers an authentic request that it cannot fulfil with 200 and an error object", async () => {
    const { status, text } = await send(gatewayRequest(definition, { ...fields("junk"), language: "junk" }, { authToken }));
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
  });

  test("answers a retry with the same bytes", async () => {
    const request = gatewayRequest(definition, fields(), { authToken });
    const first = await send(request);
    const second = await send(request);
    expect(first.status).toBe(200);
    expect(second).toMatchObject({ status: 200, text: first.text });
  });

  test("answers a second run of the same request, half a minute later, as the first one", async () => {
    const invocation = fields();
    const [first, second] = [-28_000, 4_000].map((offsetMs) => gatewayRequest(definition, invocation, { authToken, date: new Date(Date.now() + offsetMs) }));
    if (first === undefined || second === undefined) throw new Error("there are two");
    expect(second.target).not.toBe(first.target);
    const { status, text } = await send(first);
    expect(status).toBe(200);
    expect(await send(second)).toMatchObject({ status: 200, text });
  });

  test("answers within the allowance for clock skew, either way", async () => {
    for (const offsetMs of [-25_000, 25_000]) {
      const date = new Date(Date.now() + offsetMs);
      expect((await send(gatewayRequest(definition, fields(), { authToken, date }))).status).toBe(200);
    }
  });

  test.each<[string, number, string, (request: GatewayRequest) => GatewayRequest]>([
    ["no signature", 403, "no_signature", withoutHeader("x-twilio-signature")],
    ["another signature", 403, "wrong_signature", withHeader("x-twilio-signature", "0FqS203W44/lM2UEM+51hRzwat4=")],
    ["a parameter more in the URL", 403, "wrong_signature", (request) => ({ ...request, target: `${request.target}&test=1` })],
    ["another SID in the header", 403, "wrong_request_sid", withHeader("x-twilio-requestsid", `XR${"f".repeat(32)}`)],
    ["no SID in the header", 403, "wrong_request_sid", withoutHeader("x-twilio-requestsid")],
    ["another method", 405, "wrong_method", (request) => ({ ...request, method: "PUT" })],
  ])("refuses a request with %s", async (_, status, code, change) => {
    const { status: given, text } = await send(change(gatewayRequest(definition, fields(), { authToken })));
    expect({ status: given, code: JSON.parse(text).error.code }).toEqual({ status, code });
  });

  test.each([
    ["from a minute ago", { date: -60_000 }],
    ["from a minute ahead", { date: 60_000 }],
    ["with a time to live of a minute", { ttlMs: "60000" }],
    ["with a time to live that is no number", { ttlMs: "2000e164" }],
  ])("refuses a signed request %s", async (_, { date = 0, ttlMs = "2000" }: { date?: number; ttlMs?: string }) => {
    const request = gatewayRequest(definition, fields(), { authToken, date: new Date(Date.now() + date), ttlMs });
    const { status, text } = await send(request);
    expect({ status, code: JSON.parse(text).error.code }).toEqual({ status: 403, code: "stale" });
  });

  test("refuses a SID that was used for another request", async () => {
    const sameSid = fields();
    await send(gatewayRequest(definition, sameSid, { authToken }));
    const { status, text } = await send(gatewayRequest(definition, { ...fields("+442079460018"), request_sid: sameSid["request_sid"] ?? "" }, { authToken }));
    expect({ status, code: JSON.parse(text).error.code }).toEqual({ status: 409, code: "request_sid_reused" });
  });

  test("refuses a signed request that shows other credentials", async () => {
    const [stranger] = answeringDefinitions(origin, { anagramsPassword: "x", numberInsightToken: "x", spamScoreKey: "x", messageSentimentKey: "x", soundAnalysisPassword: "s" }).filter(
      ({ unique_name }) => unique_name === definition.unique_name,
    );
    if (stranger === undefined) throw new Error("no such definition");
    expect((await send(gatewayRequest(stranger, fields(), { authToken }))).status).toBe(401);
  });

  test("says nothing of the number in a refusal", async () => {
    const { text } = await send(withHeader("x-twilio-signature", "wrong")(gatewayRequest(definition, fields(), { authToken })));
    expect(text).not.toContain("8778894546");
  });
});

describe.each(all.filter(({ request }) => request.method === "POST"))("$unique_name, which reads a body,", (definition) => {
  test("refuses a body in which one digit was changed", async () => {
    const request = gatewayRequest(definition, fields(), { authToken });
    const { status } = await send({ ...request, body: request.body.replace("18778894546", "18778894547") });
    expect(status).toBe(403);
  });

  test("refuses another content type", async () => {
    expect((await send(withHeader("content-type", "text/plain")(gatewayRequest(definition, fields(), { authToken })))).status).toBe(415);
  });

  test("refuses a body of more than 32 KiB, with and without a Content-Length", async () => {
    const request = gatewayRequest(definition, fields(), { authToken });
    const body = `${request.body}${" ".repeat(40_000)}`;
    expect((await send({ ...request, body })).status).toBe(413);
    const stream = new Blob([body]).stream();
    const { status } = await fetch(address + request.target, { method: "POST", headers: request.headers, body: stream, duplex: "half" });
    expect(status).toBe(413);
  });
});

test("a form that was moved into the URL, where it has the same signature, is refused", async () => {
  const { target, headers, body } = gatewayRequest(define("publisher_anagrams"), fields(), { authToken });
  const moved = [...new URLSearchParams(body)].map(([name, value]) => name + encodeURIComponent(value)).join("");
  const { status } = await send({ method: "POST", target: target + moved, headers, body: "" });
  expect(status).toBe(403);
});

test("a body that is not UTF-8 is refused", async () => {
  const { target, headers } = gatewayRequest(define("publisher_anagrams"), fields(), { authToken });
  const response = await fetch(address + target, { method: "POST", headers, body: new Uint8Array([0xff]) });
  expect(response.status).toBe(400);
});

test("a signed body that is no JSON object is refused", async () => {
  for (const jsonBody of ["[]", "1", "null", "{", ""]) {
    expect((await send(gatewayRequest(define("spam_score"), fields(), { authToken, jsonBody }))).status).toBe(400);
  }
});

test("sound_analysis has its own path, and its own refusals", async () => {
  const { pathname } = new URL(soundAnalysisDefinition(origin, "s").request.url);
  const response = await fetch(address + pathname, { method: "PUT", body: "audio" });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ error: { code: "no_signature" } });
});

test.each([[[]], [[""]], [[authToken, ""]]])("with the auth tokens %j there is no server", (authTokens) => {
  expect(() => createPublishers({ origin, authTokens, credentials, callbackKey })).toThrow("without an auth token");
});

test("GET /health says that the server is up, and other paths are not found", async () => {
  expect(await (await fetch(`${address}/health`)).json()).toEqual({ status: "ok" });
  expect((await fetch(`${address}/nowhere`)).status).toBe(404);
});

function withHeader(name: string, value: string): (request: GatewayRequest) => GatewayRequest {
  return (request) => ({ ...request, headers: { ...request.headers, [name]: value } });
}

function withoutHeader(name: string): (request: GatewayRequest) => GatewayRequest {
  return (request) => ({ ...request, headers: Object.fromEntries(Object.entries(request.headers).filter(([key]) => key !== name)) });
}
