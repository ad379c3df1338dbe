import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import twilio from "twilio";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createDeveloper } from "../../examples/developer/app.ts";

const [accountSid, authToken] = [`AC${"1".repeat(32)}`, "5d41402abc4b2a76b9719d911017c592"];
const recordingSid = `RE${"2".repeat(32)}`;

/** What the gateway answers at a payload's URL, and what was asked of it. */
let answer: (response: ServerResponse) => void;
let asked: { path: string | undefined; authorization: string | undefined }[] = [];
let [printed, warned]: [string[], string[]] = [[], []];
let servers: Server[] = [];
let [gateway, developer] = ["", ""];

async function listening(server: Server): Promise<string> {
  servers.push(server);
  if (!server.listening) await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  return `http://127.0.0.1:${address.port}`;
}

beforeAll(async () => {
  vi.spyOn(console, "log").mockImplementation((line: unknown) => void printed.push(String(line)));
  for (const method of ["warn", "error"] as const) vi.spyOn(console, method).mockImplementation((line: unknown) => void warned.push(String(line)));
  gateway = await listening(
    createServer((request, response) => {
      asked.push({ path: request.url, authorization: request.headers.authorization });
      answer(response);
    }).listen(0, "127.0.0.1"),
  );
  developer = await listening(createDeveloper({ accountSid, authToken, gatewayOrigin: gateway }).listen(0, "127.0.0.1"));
});
afterEach(() => void ([asked, printed, warned] = [[], [], []]));
afterAll(() => servers.forEach((server) => server.close()));

let requests = 0;
/** One add-on's part of a relay, as the gateway tells it. */
function heard(change: Record<string, unknown> = {}): Record<string, unknown> {
  requests += 1;
  const request_sid = `XR${requests.toString(16).padStart(32, "0")}`;
  return { request_sid, status: "successful", message: null, code: null, channel: 1, payload: [{ content_type: "application/json", url: `${gateway}/Data` }], links: {}, ...change };
}

async function relay(item: unknown, { name = "sound_analysis", token = authToken } = {}): Promise<number> {
  const parameters = { AccountSid: accountSid, RecordingSid: recordingSid, AddOns: JSON.stringify({ status: "successful", message: null, code: null, results: { [name]: item } }) };
  const signature = twilio.getExpectedTwilioSignature(token, `${developer}/recordings`, parameters);
  return (await fetch(`${developer}/recordings`, { method: "POST", headers: { "x-twilio-signature": signature }, body: new URLSearchParams(parameters) })).status;
}

const json = (body: unknown) => (response: ServerResponse) => void response.end(JSON.stringify(body));

describe("the relay of a recording", () => {
  test("has its data fetched with the account's credentials, through the redirect, and its digits printed with the channel", async () => {
    answer = (response) => {
      if (asked.length === 1) response.writeHead(307, { location: "/signed" }).end("{}");
      else response.end('{"digits":"1590*","tones":[]}');
    };
    expect(await relay(heard({ channel: 2 }))).toBe(204);
    expect(printed).toEqual([`Recording ${recordingSid}, channel 2: digits 1590*`]);
    expect(asked.map(({ path }) => path)).toEqual(["/Data", "/signed"]);
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`);
  });

  test("that comes twice is printed once", async () => {
    answer = json({ digits: "1" });
    const item = heard();
    expect([await relay(item), await relay(item)]).toEqual([204, 204]);
    expect(printed).toHaveLength(1);
  });

  test.each<[string, unknown, string]>([
    ["no key", { digits: "" }, "no digits"],
    ["a hundred keys and more", { digits: "12".repeat(60) }, `digits ${"12".repeat(50)}…`],
    ["digits that are none", { digits: "1\u001b[31m" }, "sound_analysis answered in another shape"],
    ["another shape", ["1590*"], "sound_analysis answered in another shape"],
  ])("with %s is printed so", async (_, data, line) => {
    answer = json(data);
    expect(await relay(heard({ channel: undefined }))).toBe(204);
    expect(printed).toEqual([`Recording ${recordingSid}: ${line}`]);
  });

  test("that failed is printed with its code, and nothing is fetched", async () => {
    expect(await relay(heard({ status: "failed", code: 61001, message: "Request timed out", payload: [] }))).toBe(204);
    expect(printed).toEqual([`Recording ${recordingSid}, channel 1: sound_analysis failed (61001)`]);
    expect(asked).toEqual([]);
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ["not there yet", (response) => void response.writeHead(404).end("{}")],
    ["no JSON", (response) => void response.end("<html>")],
    ["of more than 2 MB", (response) => void response.end(`"${"x".repeat(3 * 1024 * 1024)}"`)],
    ["cut off", (response) => void response.destroy()],
  ])("whose data is %s is asked for again by the status, and prints no digits", async (_, broken) => {
    answer = broken;
    const item = heard();
    expect(await relay(item)).toBe(502);
    expect([printed.length, warned.length]).toEqual([0, 1]);
    answer = json({ digits: "7" });
    expect(await relay(item)).toBe(204);
    expect(printed).toHaveLength(1);
  });

  test("whose data is said to be elsewhere shows nobody the credentials", async () => {
    const elsewhere: (string | undefined)[] = [];
    const other = await listening(createServer((request, response) => void (elsewhere.push(request.headers.authorization), response.end("{}"))).listen(0, "127.0.0.1"));
    expect(await relay(heard({ payload: [{ content_type: "application/json", url: `${other}/Data` }] }))).toBe(502);
    expect(elsewhere).toEqual([]);
    answer = (response) => void response.writeHead(307, { location: `${other}/Data` }).end();
    await relay(heard());
    expect(elsewhere).toEqual([undefined]);
  });

  test("of another add-on, of another shape, or unsigned, is nothing to hear", async () => {
    expect(await relay(heard(), { name: "transcription" })).toBe(204);
    expect(await relay({ status: "successful" })).toBe(204);
    expect(await relay(heard(), { token: "another" })).toBe(403);
    expect([asked, printed]).toEqual([[], []]);
  });
});
