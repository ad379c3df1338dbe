import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { Validator } from "@cfworker/json-schema";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createSoundAnalysis } from "../../examples/publishers/sound_analysis/sound-analysis.ts";
import { authToken, callbackKey, definition, secondaryAuthToken, SoundAnalysisWorld, type Upload } from "./sound-analysis-gateway.ts";
import { keys, silence } from "./sound-analysis-synthesis.ts";
import { wav } from "./sound-analysis-wav.ts";

const recording = wav(keys("0*"));
const later = wav(keys("99"));
const world = new SoundAnalysisWorld();
const errors = vi.spyOn(console, "error").mockImplementation(() => undefined);

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await world.start();
});
beforeEach(() => {
  world.posted = [];
});
afterAll(() => {
  world.end();
  expect(errors).not.toHaveBeenCalled();
});

describe("a recording", () => {
  test("is accepted with 202 and no body, and its report comes to the callback URL with the account's key", async () => {
    const sent = world.upload(recording);
    expect(await world.send(sent)).toMatchObject({ status: 202, text: "" });
    const [report] = await world.reportsTo(sent);
    expect(report?.authorization).toBe(`Basic ${Buffer.from("SK00000000000000000000000000000001:the-secret").toString("base64")}`);
    expect(report?.contentType).toBe("application/json");
    const answer = JSON.parse(report?.text ?? "");
    expect(answer.digits).toBe("0*");
    const schema = definition["response_schema"];
    if (typeof schema !== "object" || schema === null) throw new Error("no response schema");
    expect(new Validator(schema, "4").validate(answer)).toMatchObject({ valid: true });
  });

  test("without a Content-Length, in pieces, is the same", async () => {
    const sent = world.upload(recording);
    const pieces = new ReadableStream({
      start(controller) {
        for (let at = 0; at < recording.length; at += 777) controller.enqueue(new Uint8Array(recording.subarray(at, at + 777)));
        controller.close();
      },
    });
    const response = await fetch(world.publisherUrl + sent.target, { method: "PUT", headers: sent.headers, body: pieces, duplex: "half" });
    expect(response.status).toBe(202);
    expect(JSON.parse((await world.reportsTo(sent))[0]?.text ?? "").digits).toBe("0*");
  });

  test("is accepted during a rotation, and hours before its deadline", async () => {
    const hourAgo = new Date(Date.now() - 3_600_000);
    for (const sent of [world.upload(recording, { token: secondaryAuthToken }), world.upload(recording, { ttlMs: "36000000", date: hourAgo })]) {
      expect((await world.send(sent)).status).toBe(202);
      await world.reportsTo(sent);
    }
  });

  test("of silence is no error", async () => {
    const sent = world.upload(wav(silence(400)));
    expect((await world.send(sent)).status).toBe(202);
    expect(JSON.parse((await world.reportsTo(sent))[0]?.text ?? "")).toMatchObject({ digits: "", speech_share: 0 });
  });
});

describe("refused, and nothing is reported:", () => {
  test.each<[string, number, string, () => Upload]>([
    ["another method", 405, "wrong_method", () => ({ ...plain(), method: "POST" })],
    ["no signature", 403, "no_signature", () => withHeader(plain(), "x-twilio-signature", undefined)],
    ["another's signature", 403, "wrong_signature", () => world.upload(recording, { token: "x" })],
    ["a parameter more in the URL", 403, "wrong_signature", () => withTarget(plain(), (target) => `${target}&a=1`)],
    ["another callback URL", 403, "wrong_signature", () => withTarget(plain(), (target) => target.replace("secret-", "secret-1"))],
    ["a body that is not the signed one", 403, "wrong_signature", () => ({ ...plain(), body: wav(keys("0#")) })],
    ["a body that is not the signed one and no WAV file", 403, "wrong_signature", () => ({ ...plain(), body: Buffer.from("?") })],
    ["a signed URL without the body's hash", 403, "wrong_signature", () => world.upload(recording, { hash: "" })],
    ["other credentials", 401, "wrong_credentials", () => world.upload(recording, { password: "x" })],
    ["a date after which its time is over", 403, "stale", () => world.upload(recording, { date: new Date(Date.now() - 100_000) })],
    ["a date to come", 403, "stale", () => world.upload(recording, { date: new Date(Date.now() + 60_000) })],
    ["eleven days to live", 403, "stale", () => world.upload(recording, { ttlMs: String(11 * 86_400_000) })],
    ["a time to live that is no number", 403, "stale", () => world.upload(recording, { ttlMs: "6e4" })],
    ["another SID in the header", 403, "wrong_request_sid", () => withHeader(plain(), "x-twilio-requestsid", `XR${"f".repeat(32)}`)],
  ])("%s", async (_, status, code, make) => {
    expect(await world.send(make())).toMatchObject({ status, code });
    expect(await world.pathsBefore(later)).toEqual([]);
  });

  test("an upload that breaks off", async () => {
    const { target, headers, method } = plain();
    const arrived = once(world.publisher, "request");
    const broken = httpRequest(world.publisherUrl + target, { method, headers: { ...headers, "content-length": recording.length } });
    broken.on("error", () => undefined);
    broken.write(recording.subarray(0, 1_000));
    await arrived;
    broken.destroy();
    expect(await world.pathsBefore(later)).toEqual([]);
  });
});

describe("rejected with 200 and an error object, and nothing is reported:", () => {
  test.each<[string, string, () => Upload]>([
    ["a truncated file", "truncated", () => world.upload(recording.subarray(0, -100))],
    ["a file of no bytes", "no_audio", () => world.upload(Buffer.alloc(0))],
    ["two channels", "not_mono", () => world.upload(wav(keys("1"), { channels: 2 }))],
    ["another format by its content", "not_wav", () => world.upload(Buffer.from("ID3 and so on, for a while"))],
    ["another format by its name", "unsupported_format", () => withQuery({ format: "audio/mpeg" })],
    ["five hours", "too_long", () => withQuery({ duration: String(5 * 3_600_000) })],
    ["no duration", "bad_parameters", () => withQuery({ duration: "" })],
    ["a callback URL that is none", "bad_parameters", () => withQuery({ callback_url: "here" })],
    ["a callback URL to which the key would go in clear", "bad_parameters", () => withQuery({ callback_url: "http://gateway.test/secret" })],
  ])("%s", async (_, code, make) => {
    const answer = await world.send(make());
    expect(answer).toMatchObject({ status: 200, code });
    expect(answer.text).not.toContain("secret");
    expect(await world.pathsBefore(later)).toEqual([]);
  });
});

test.each([[[]], [[""]], [[authToken, ""]]])("with the auth tokens %j there is no add-on", (authTokens) => {
  expect(() => createSoundAnalysis({ origin: "https://publisher.test", authTokens, password: "p", callbackKey })).toThrow("without an auth token");
});

function plain(): Upload {
  return world.upload(recording);
}

function withQuery(query: Record<string, string>): Upload {
  return world.upload(recording, { query });
}

function withTarget(sent: Upload, change: (target: string) => string): Upload {
  return { ...sent, target: change(sent.target) };
}

function withHeader(sent: Upload, name: string, value: string | undefined): Upload {
  const others = Object.fromEntries(Object.entries(sent.headers).filter(([key]) => key !== name));
  return { ...sent, headers: value === undefined ? others : { ...others, [name]: value } };
}
