import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { getBytes, postRecording, sha256 } from "../support/recordings.ts";
import { noise, wav } from "../support/wav.ts";

describe("the audio of a recording", () => {
  let gateway: TestGateway;
  let developer: Login;
  let path: string;
  const audio = wav({ seconds: 2 });
  const size = audio.byteLength;

  beforeAll(async () => {
    gateway = await startGateway();
    developer = await gateway.account("Developer");
    const { body } = await postRecording(gateway, developer, { audio });
    path = new URL(body.media_url).pathname;
  });
  afterAll(() => gateway.stop());

  const get = (suffix = "", headers: Record<string, string> = {}, method = "GET") => getBytes(gateway, developer, path + suffix, headers, method);

  it.each(["", ".wav", "/", ".wav/"])("is its path with %j at the end", async (suffix) => {
    const { status, headers, bytes } = await get(suffix);
    expect([status, bytes.equals(audio)]).toEqual([200, true]);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "audio/x-wav",
      "content-length": String(size),
      "accept-ranges": "bytes",
      etag: `"${sha256(audio)}"`,
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox",
      "cache-control": "private",
      "twilio-request-id": expect.stringMatching(/^RQ/),
    });
  });

  it.each([".json", ".json/"])("is not its path with %s", async (suffix) => {
    expect((await get(suffix)).headers.get("Content-Type")).toBe("application/json");
  });

  it.each([".mp3", ".txt", "x", ".wav.wav", ".json.wav"])("is nothing with %s", async (suffix) => {
    expect((await get(suffix)).status).toBe(404);
  });

  it("has the same headers for HEAD, and no body", async () => {
    const { status, headers, bytes } = await get("", { Range: "bytes=0-1" }, "HEAD");
    expect([status, headers.get("Content-Length"), headers.get("Content-Type"), bytes.byteLength]).toEqual([200, String(size), "audio/x-wav", 0]);
  });

  it.each([
    { range: "bytes=0-0", from: 0, to: 1 },
    { range: "bytes=44-143", from: 44, to: 144 },
    { range: "bytes=32000-", from: 32_000, to: size },
    { range: "bytes=-10", from: size - 10, to: size },
    { range: "bytes=0-", from: 0, to: size },
    { range: `bytes=100-${size + 1_000}`, from: 100, to: size },
  ])("comes in part for $range", async ({ range, from, to }) => {
    const { status, headers, bytes } = await get(".wav", { Range: range });
    expect([status, headers.get("Content-Range"), headers.get("Content-Length")]).toEqual([206, `bytes ${from}-${to - 1}/${size}`, String(to - from)]);
    expect(bytes.equals(audio.subarray(from, to))).toBe(true);
  });

  it.each([`bytes=${size}-`, "bytes=999999-1000000", "bytes=-0"])("does not come for %s, which lies behind its end", async (range) => {
    const { status, headers, bytes } = await get("", { Range: range });
    expect([status, headers.get("Content-Range")]).toEqual([416, `bytes */${size}`]);
    expect(JSON.parse(bytes.toString())).toMatchObject({ code: 20001, status: 416, message: `Range must begin within the ${size} bytes that there are` });
  });

  it.each(["junk", "bytes=", "bytes=a-b", "bytes=9-5", "bytes=0-1,5-6", "items=0-1"])("comes whole for %s, which is no range", async (range) => {
    const { status, bytes } = await get("", { Range: range });
    expect([status, bytes.equals(audio)]).toEqual([200, true]);
  });

  it("comes in part only while it is what the client has begun with", async () => {
    const etag = `"${sha256(audio)}"`;
    expect((await get("", { Range: "bytes=0-9", "If-Range": etag })).status).toBe(206);
    expect((await get("", { Range: "bytes=0-9", "If-Range": '"another"' })).status).toBe(200);
    expect((await get("", { Range: "bytes=0-9", "If-Range": "Sat, 29 Oct 1994 19:43:31 GMT" })).status).toBe(200);
  });

  it("is the operator's to hear as well, and nobody else's", async () => {
    const stranger = await gateway.account("Stranger");
    expect((await getBytes(gateway, gateway.operator, path)).status).toBe(200);
    expect((await getBytes(gateway, stranger, path)).status).toBe(404);
    expect((await getBytes(gateway, stranger, path.replace(developer.sid, stranger.sid))).status).toBe(404);
    expect((await getBytes(gateway, null, path)).status).toBe(401);
  });

  it("has the media type with which it came, whatever its path says", async () => {
    const { body } = await postRecording(gateway, developer, { audio: noise(1_000), type: "audio/ogg; codecs=opus", query: { Duration: "3" } });
    expect((await getBytes(gateway, developer, `${new URL(body.media_url).pathname}.wav`)).headers.get("Content-Type")).toBe("audio/ogg; codecs=opus");
  });

  it("takes no other method than GET and HEAD, but for the deletion of the recording", async () => {
    const answer = await gateway.call(developer, "POST", path);
    expect([answer.status, answer.body["code"]]).toEqual([405, 20004]);
  });
});
