import { createHash } from "node:crypto";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deadErrorPages } from "../support/error-pages.ts";
import { authorization, startGateway, until, type Body, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";
import { rawRequest } from "../support/raw-request.ts";
import { accepting, installedRecordingAddOn, recordingDefinition, sendRecording, type RecordingAddOn, type UnderWay } from "../support/recording-invocations.ts";

const MIB = 1024 * 1024;
const LIMIT = 104_857_600;
const STARTED_MINUTES_MICROS = 10_000;

/** One object of exactly so many bytes. */
function objectOf(sizeBytes: number): Buffer {
  const [head, tail] = ['{"digits":"42","text":"', '","last":null}'];
  return Buffer.concat([Buffer.from(head), Buffer.alloc(sizeBytes - head.length - tail.length, "x"), Buffer.from(tail)]);
}

const phase = async ({ inspect }: UnderWay): Promise<string> => (await inspect()).phase;
const head = (to: UnderWay, login: Login, ...lines: string[]): string[] => [`POST ${to.callbackPath} HTTP/1.1`, `Authorization: ${authorization(login)["Authorization"]}`, ...lines];
const codeOf = (json: string): unknown => JSON.parse(json).code;

describe("a publisher's callback", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let vendor: Login;
  let vendorKey: Login;
  let developer: Login;
  let addOn: RecordingAddOn;

  const send = (change?: Parameters<typeof sendRecording>[3]): Promise<UnderWay> => sendRecording(gateway, publisher, addOn, change);
  const callBack = (to: UnderWay, body: Body, headers?: Record<string, string>) => gateway.call(vendor, "POST", to.callbackPath, body, headers);
  const kept = async ({ xr }: UnderWay): Promise<string[]> => {
    const bucket = await gateway.miniflare.getR2Bucket("RECORDINGS");
    return (await bucket.list({ prefix: `callbacks/${xr}/` })).objects.map(({ key }) => key);
  };

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    [vendor, developer] = [await gateway.account("Vendor"), await gateway.account("Developer", "10")];
    vendorKey = (await gateway.call<Login & Record<string, unknown>>(vendor, "POST", `/2010-04-01/Accounts/${vendor.sid}/Keys.json`, { form: {} })).body;
    publisher.on("/audio", accepting);
    const change = { response_schema: { type: "object", required: ["digits"], properties: { digits: { type: "string" } } } };
    addOn = await installedRecordingAddOn(gateway, vendor, developer, recordingDefinition(publisher, "/audio", change));
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await Promise.all([gateway.stop(), publisher.stop()]);
  });

  it("is taken with the auth token of the add-on's account, and is charged by started minutes", async () => {
    const recording = await send();
    const { status, body } = await callBack(recording, { json: { digits: "42" } });
    expect([status, body]).toEqual([200, { status: "received", request_sid: recording.xr }]);
    await until("it is completed", async () => (await phase(recording)) === "completed");
    expect((await recording.inspect()).outcome).toMatchObject({ failure: null, priceMicros: STARTED_MINUTES_MICROS });
  });

  it("is taken with an API key of it, whatever its media type says", async () => {
    const recording = await send();
    const { status } = await gateway.call(vendorKey, "POST", recording.callbackPath, { raw: '{"digits":"42"}', type: "text/html" });
    expect(status).toBe(200);
    await until("it is completed", async () => (await phase(recording)) === "completed");
  });

  it("that the response schema refuses is taken all the same, and fails unbilled", async () => {
    const recording = await send();
    expect((await callBack(recording, { json: { digits: 42 } })).status).toBe(200);
    await until("it has failed", async () => (await phase(recording)) === "failed");
    expect((await recording.inspect()).outcome).toMatchObject({ failure: { kind: "response_schema_refused" }, priceMicros: 0 });
  });

  it("gets the same answer when it comes again, also after the end; other bytes are a conflict; one body is kept", async () => {
    const recording = await send();
    const first = await callBack(recording, { raw: '{"digits":"42"}' });
    expect((await callBack(recording, { raw: '{"digits":"42"}' })).text).toBe(first.text);
    await until("it is completed", async () => (await phase(recording)) === "completed");
    const again = await callBack(recording, { raw: '{"digits":"42"}' });
    const other = await callBack(recording, { raw: '{"digits":"43"}' });
    expect([again.status, again.text, other.status, other.body["code"]]).toEqual([200, first.text, 409, 20409]);
    expect(await kept(recording)).toHaveLength(1);
  });

  it("that is one of several at once has one winner", async () => {
    const recording = await send();
    const answers = await Promise.all(Array.from({ length: 8 }, (_, number) => callBack(recording, { json: { digits: String(number) } })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
    expect(await kept(recording)).toHaveLength(1);
  });

  it("is refused without its publisher's credentials or with another secret, by one answer that tells nothing", async () => {
    const recording = await send();
    const { callbackPath: path, xr } = recording;
    const body = { json: { digits: "42" } };
    const nobody = await gateway.call(null, "POST", path, body);
    const guessed = await gateway.call({ sid: vendor.sid, secret: "0".repeat(32) }, "POST", path, body);
    expect([nobody.status, nobody.body["code"], guessed.status]).toEqual([401, 20003, 401]);
    const secret = path.split("/").at(-1) ?? "";
    const refused = await Promise.all([
      gateway.call(developer, "POST", path, body),
      gateway.call(gateway.operator, "POST", path, body),
      gateway.call(vendor, "POST", path.replace(secret, "0".repeat(secret.length)), body),
      gateway.call(vendor, "POST", path.replace(secret, secret.slice(0, -1)), body),
      gateway.call(vendor, "POST", path.replace(secret, "%00"), body),
    ]);
    for (const { status, text } of refused) expect([status, text]).toEqual([404, refused[0]?.text]);
    const unknown = await gateway.call(vendor, "POST", path.replace(xr, `XR${"0".repeat(32)}`), body);
    const malformed = await gateway.call(vendor, "POST", path.replace(xr, "XR1"), body);
    expect([unknown.status, malformed.status]).toEqual([404, 404]);
    expect(await kept(recording)).toEqual([]);
    expect((await callBack(recording, body)).status).toBe(200);
    expect(gateway.logs.filter((line) => line.includes(secret))).toEqual([]);
  });

  it.each<[string, Body, RegExp]>([
    ["HTML", { raw: "<html></html>", type: "application/json" }, /is not well-formed JSON, at byte 0;/],
    ["a list", { raw: "[1]" }, /is not a JSON object, at byte 0;/],
    ["cut off", { raw: '{"digits":"4' }, /is not well-formed JSON, at byte 12;/],
    ["two objects", { raw: '{"a":1}{"b":2}' }, /is not well-formed JSON, at byte 7;/],
    ["deeply nested", { raw: `{"a":${"[".repeat(600)}${"]".repeat(600)}}` }, /nests deeper than 512 levels, at byte 516;/],
    ["empty", { raw: "" }, /is empty, at byte 0;/],
  ])("that is %s is refused where it is wrong, is not kept, and leaves the URL usable", async (_, body, message) => {
    const recording = await send();
    const { status, body: answer } = await callBack(recording, body);
    expect([status, answer["code"], answer["message"]]).toEqual([400, 20001, expect.stringMatching(message)]);
    expect([await kept(recording), await phase(recording)]).toEqual([[], "in_progress"]);
    expect((await callBack(recording, { json: { digits: "42" } })).status).toBe(200);
  });

  it("in another coding is 415, without a Content-Length 411, and over 100 MB 413 before a byte of it is read; none is kept", async () => {
    const recording = await send();
    const encoded = await callBack(recording, { raw: "{}" }, { "Content-Encoding": "gzip" });
    expect([encoded.status, encoded.body["code"]]).toEqual([415, 20415]);
    const chunked = await rawRequest(gateway.url, head(recording, vendor), ["{}"]);
    expect([chunked.status, codeOf(chunked.body)]).toEqual([411, 20411]);
    const large = await rawRequest(gateway.url, head(recording, vendor, `Content-Length: ${LIMIT + 1}`));
    expect([large.status, codeOf(large.body)]).toEqual([413, 20413]);
    expect([await kept(recording), await phase(recording)]).toEqual([[], "in_progress"]);
  });

  it("after its time is over is gone, and not kept", async () => {
    const recording = await send({ callbackTimeoutMs: 1_000 });
    await until("its time is over", async () => (await phase(recording)) === "failed", 25_000);
    const { status, body } = await callBack(recording, { json: { digits: "42" } });
    expect([status, body["code"]]).toEqual([410, 20410]);
    const stranger = await gateway.call(developer, "POST", recording.callbackPath, { json: {} });
    expect([stranger.status, await kept(recording)]).toEqual([404, []]);
  });

  it("whose upload breaks off leaves nothing behind, and the URL usable", async () => {
    const recording = await send();
    const { hostname, port, host } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.write(`${[...head(recording, vendor, `Content-Length: ${20 * MIB}`), `Host: ${host}`].join("\r\n")}\r\n\r\n{"digits":"`);
    await new Promise((sent) => socket.write(Buffer.alloc(2 * MIB, "x"), sent));
    socket.destroy();
    await until("the gateway has noticed", () => gateway.logs.some((line) => line.includes('"callback_failed"') && line.includes(recording.xr)));
    expect([await kept(recording), await phase(recording)]).toEqual([[], "in_progress"]);
    expect((await callBack(recording, { json: { digits: "42" } })).status).toBe(200);
  });

  it.each([["1 MB", MIB], ["10 MB", 10 * MIB], ["100 MB", LIMIT]])("of %s is kept whole and completed", async (_, sizeBytes) => {
    const recording = await send();
    const bytes = objectOf(sizeBytes);
    const answer = await fetch(gateway.url + recording.callbackPath, { method: "POST", headers: authorization(vendor), body: bytes });
    expect([answer.status, await answer.json()]).toEqual([200, { status: "received", request_sid: recording.xr }]);
    await until("it is completed", async () => (await phase(recording)) === "completed", 20_000);
    const bucket = await gateway.miniflare.getR2Bucket("RECORDINGS");
    const stored = await bucket.head((await kept(recording))[0] ?? "");
    expect([stored?.size, Buffer.from(stored?.checksums.md5 ?? new ArrayBuffer()).toString("hex")]).toEqual([sizeBytes, createHash("md5").update(bytes).digest("hex")]);
  });
});
