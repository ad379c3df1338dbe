import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher, type LoopbackPublisher, type Respond } from "../support/loopback-publisher.ts";
import { getBytes, keysWith, postRecording, recordingRow, sha256, type Recording } from "../support/recordings.ts";
import { noise, wav } from "../support/wav.ts";

const WAV = { "Content-Type": "audio/x-wav" };
const audio = wav({ seconds: 3, channels: 2 });

const serving =
  (body: Buffer, headers: Record<string, string | number> = WAV, status = 200): Respond =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

describe("a recording that is fetched from its RecordingUrl", () => {
  let gateway: TestGateway;
  let developer: Login;
  let source: LoopbackPublisher;

  beforeAll(async () => {
    [gateway, source] = await Promise.all([startGateway(), startPublisher()]);
    developer = await gateway.account("Developer");
  });
  afterAll(() => Promise.all([gateway.stop(), source.stop()]));

  const post = (form: Record<string, string>): Promise<Answer<Recording>> => gateway.call<Recording>(developer, "POST", "/v1/Recordings", { form: { Source: "Trunking", ...form } });

  it.each<{ what: string; respond: Respond }>([
    { what: "with its length", respond: serving(audio, { ...WAV, "Content-Length": audio.byteLength }) },
    { what: "in chunks", respond: (_request, response) => void (response.writeHead(200, WAV), response.write(audio.subarray(0, 10)), response.end(audio.subarray(10))) },
  ])("is stored when it comes $what", async ({ respond }) => {
    source.on("/audio.wav", respond);
    const { status, body } = await post({ RecordingUrl: `${source.origin}/audio.wav` });
    expect([status, body.channels, body.duration, body.source]).toEqual([201, 2, "3", "Trunking"]);
    expect(sha256((await getBytes(gateway, developer, new URL(body.media_url).pathname)).bytes)).toBe(sha256(audio));
    expect(source.requests.at(-1)).toMatchObject({ method: "GET", target: "/audio.wav" });
    expect(source.requests.at(-1)?.headers["authorization"]).toBeUndefined();
  });

  it("may be named in the query as well", async () => {
    source.on("/audio.wav", serving(audio));
    const query = new URLSearchParams({ Source: "RecordVerb", RecordingUrl: `${source.origin}/audio.wav` }).toString();
    expect(await gateway.call(developer, "POST", `/v1/Recordings?${query}`)).toMatchObject({ status: 201, body: { channels: 2 } });
  });

  it("of more than one part comes in parts", async () => {
    const large = noise(18 * 1024 * 1024);
    source.on("/large.mp3", (_request, response) => void (response.writeHead(200, { "Content-Type": "audio/mpeg" }), response.write(large.subarray(0, 1)), response.end(large.subarray(1))));
    const { status, body } = await post({ RecordingUrl: `${source.origin}/large.mp3`, Duration: "1800" });
    expect([status, body.duration]).toEqual([201, "1800"]);
    expect(await recordingRow(gateway, body.sid)).toMatchObject({ sha256: sha256(large), size_bytes: large.byteLength });
  });

  it("is not fetched again for the same RecordingSid", async () => {
    source.on("/once.wav", serving(audio));
    const form = { RecordingUrl: `${source.origin}/once.wav`, RecordingSid: `RE${"5".repeat(32)}` };
    expect([(await post(form)).status, (await post(form)).status]).toEqual([201, 200]);
    expect(source.requests.filter(({ target }) => target === "/once.wav")).toHaveLength(1);
  });

  it.each<{ what: string; respond: Respond; message: string | RegExp }>([
    { what: "is not there", respond: serving(audio, WAV, 404), message: "RecordingUrl answered with status 404; it must be 200, and redirects are not followed" },
    { what: "leads elsewhere", respond: serving(audio, { ...WAV, Location: "http://127.0.0.1/" }, 302), message: "RecordingUrl answered with status 302; it must be 200, and redirects are not followed" },
    { what: "is a page", respond: serving(audio, { "Content-Type": "text/html" }), message: "RecordingUrl must answer with the audio's Content-Type, such as audio/x-wav" },
    { what: "has no media type", respond: serving(audio, {}), message: "RecordingUrl answered without a Content-Type" },
    { what: "is cut off in its own data", respond: serving(audio.subarray(0, 5_000)), message: /^The audio is cut off/ },
    { what: "breaks off", respond: (_request, response, socket) => void (response.writeHead(200, { ...WAV, "Content-Length": audio.byteLength }), response.write(audio.subarray(0, 50_000), () => socket.destroy())), message: "RecordingUrl broke off, or took more than 300 s" },
    { what: "breaks off in chunks", respond: (_request, response, socket) => void (response.writeHead(200, WAV), response.write(audio.subarray(0, 50_000), () => socket.destroy())), message: "RecordingUrl broke off, or took more than 300 s" },
    { what: "needs its duration", respond: serving(audio, { "Content-Type": "audio/mpeg" }), message: "Duration is required: only WAV is measured" },
    { what: "is more than 512 MiB", respond: (_request, response) => void (response.writeHead(200, { "Content-Type": "audio/x-wav", "Content-Length": 512 * 1024 * 1024 + 1 }), response.write("RIFF")), message: "The audio must be at most 536870912 bytes" },
  ])("is refused when it $what, and nothing is kept", async ({ respond, message }) => {
    source.on("/bad.wav", respond);
    const sid = `RE${"6".repeat(32)}`;
    const { status, body } = await post({ RecordingUrl: `${source.origin}/bad.wav`, RecordingSid: sid });
    expect([status, body.message]).toEqual([/at most/.test(String(message)) ? 413 : 400, typeof message === "string" ? message : expect.stringMatching(message)]);
    expect(await recordingRow(gateway, sid)).toBeNull();
    expect(await keysWith(gateway, sid)).toEqual([]);
  });

  it.each([
    ["https://10.0.0.1/a.wav", "RecordingUrl must name a host, not an IP address"],
    ["https://user:secret@example.com/a.wav", "RecordingUrl must not have a user name or password in it"],
    ["ftp://example.com/a.wav", "RecordingUrl must be an https URL"],
    ["https://intranet/a.wav", "RecordingUrl must name a host with its full domain"],
    ["/a.wav", "RecordingUrl must be an absolute URL with a valid host and port"],
    ["", "RecordingUrl must be an absolute URL with a valid host and port"],
  ])("is refused when its URL is %s", async (RecordingUrl, message) => {
    expect((await post({ RecordingUrl })).body).toMatchObject({ code: 20001, message });
  });

  it("is never the gateway itself, nor where nobody listens", async () => {
    expect((await post({ RecordingUrl: `${gateway.url}/health` })).body.message).toBe("RecordingUrl must not lead back to the gateway itself");
    expect((await post({ RecordingUrl: "http://127.0.0.1:9/a.wav" })).body).toMatchObject({ code: 20001, message: "RecordingUrl could not be reached" });
  });

  it("comes instead of a body, and one of them has to be there", async () => {
    expect((await postRecording(gateway, developer, { query: { RecordingUrl: `${source.origin}/audio.wav` } })).body.message).toBe("RecordingUrl must not be sent together with audio in the body");
    expect((await post({})).body.message).toBe("The body must be the audio, or RecordingUrl say where it is");
    expect((await gateway.call(developer, "POST", "/v1/Recordings?Source=RecordVerb")).body["message"]).toBe("The body must be the audio, or RecordingUrl say where it is");
  });
});
