import { describe, expect, it } from "vitest";
import type { InstalledAddOn } from "../../src/domain/catalog/install.ts";
import type { RecordingRequest } from "../../src/domain/recording/recording-request.ts";
import { dispatchRecording, type DispatchPorts } from "../../src/invocation/dispatch-recording.ts";
import { installedRecordingAddOn, ORDER, recordingVersion } from "../support/recording-orders.ts";

const NOW = 1_700_000_000_000;
/** The recording was sent before, in vain. */
const STARTED = NOW - 35_000;
const CALLBACK_URL = "https://gateway.example.com/v1/AddOnResults/XR1/Callback/secret";
const ACCEPTED = { kind: "answered", status: 202, text: "", bytes: 0, mediaType: null } as const;

/** A publisher that gives one answer; time stands still, and its timers wait for a test to strike them. */
function world(answer: Awaited<ReturnType<DispatchPorts["send"]>> | "silence" = ACCEPTED) {
  const sent: { request: RecordingRequest; audio: typeof ORDER.audio; maxBytes: number }[] = [];
  const timers = new Map<number, () => void>();
  const ports: DispatchPorts = {
    clock: {
      nowMs: () => NOW,
      random: () => 0.5,
      after(delayMs, callback) {
        timers.set(delayMs, callback);
        return () => void timers.delete(delayMs);
      },
    },
    async send(request, audio, { signal, maxBytes }) {
      sent.push({ request, audio, maxBytes });
      if (answer !== "silence") return answer;
      for (const strike of timers.values()) strike();
      return signal.aborted ? { kind: "aborted" } : ACCEPTED;
    },
    randomHex: (bytes) => "0f".repeat(bytes),
  };
  return { sent, timers, ports };
}

const VERSION = recordingVersion({ query: { callback_url: "{{callback_url}}" } });
const dispatch = async ({ ports }: ReturnType<typeof world>, change: Partial<InstalledAddOn> = {}, version: typeof VERSION | null = VERSION) =>
  dispatchRecording(ORDER, STARTED, await installedRecordingAddOn(VERSION, change), version, CALLBACK_URL, ports);

describe("a dispatch", () => {
  it("sends the audio of the order, with the URL to call back, for as long as the publisher has", async () => {
    const of = world();
    expect(await dispatch(of)).toEqual({ result: { kind: "accepted" }, isSent: true, status: 202, refusal: null });
    const [{ request, audio, maxBytes } = {}] = of.sent;
    // Of what a publisher says when it refuses.
    expect([audio, maxBytes]).toEqual([ORDER.audio, 65_536]);
    expect(Object.fromEntries(new URL(request?.url ?? "").searchParams)).toMatchObject({ callback_url: CALLBACK_URL, InvocationTtlMs: "60000" });
    expect(of.timers.size).toBe(0);
  });

  it("has the same template fields in every attempt: they were fixed at the start", async () => {
    const of = world();
    const version = recordingVersion({ query: { at: "{{unix_timestamp}}" } });
    await dispatchRecording(ORDER, STARTED, await installedRecordingAddOn(version), version, CALLBACK_URL, of.ports);
    const query = Object.fromEntries(new URL(of.sent[0]?.request.url ?? "").searchParams);
    expect(query).toMatchObject({ at: String(STARTED / 1_000), InvocationDate: new Date(NOW).toISOString().replace(".000", "") });
  });

  it("keeps a refusal's own text", async () => {
    const text = '{ "reason": "too quiet" }';
    expect(await dispatch(world({ ...ACCEPTED, status: 200, text }))).toMatchObject({ result: { kind: "failed", isRefusal: true }, status: 200, refusal: text });
  });

  it.each([
    ["a server error", { kind: "refused_status", status: 503 } as const, { result: { kind: "unavailable", failure: { kind: "server_error" } }, status: 503 }],
    ["a broken connection", { kind: "unreachable", reason: "the connection failed" } as const, { result: { kind: "unavailable", failure: { kind: "connection_failed" } }, status: null }],
    ["no answer in 30 s beside the time that the audio takes", "silence" as const, { result: { kind: "unavailable", failure: { kind: "timed_out", detail: expect.stringMatching(/^The publisher did not answer within 30\d\d\d ms\.$/) } }, status: null }],
    ["a client error", { kind: "refused_status", status: 404 } as const, { result: { kind: "failed", failure: { kind: "client_error" } }, status: 404 }],
    ["audio that is not there any more, which is nobody's failure but ours", { kind: "no_audio" } as const, { result: { kind: "failed", failure: { kind: "internal" } }, status: null }],
  ])("tells of %s", async (_what, answer, expected) => {
    const of = world(answer);
    expect(await dispatch(of)).toMatchObject({ ...expected, refusal: null });
    expect(of.timers.size).toBe(0);
  });

  it("runs the version of the order, also when the install has moved on", async () => {
    const of = world();
    const next = { ...recordingVersion({ url: "https://elsewhere.example.com/" }), sid: "XC2" };
    await dispatch(of, { version: next });
    expect(of.sent[0]?.request.url).toMatch(/^https:\/\/publisher\.example\.com\//);
    expect(of.sent[0]?.request.headers["X-Twilio-AddOnVersionSid"]).toBe(ORDER.versionSid);
  });

  it("keeps the developer's own URL from the publisher and its schema", async () => {
    const of = world();
    const version = recordingVersion({ query: { language: "{{language}}", url: "{{callback_url}}" } }, { request_schema: { not: { required: ["callback_method"] } } });
    const configuration = { language: "en", callback_url: "https://developer.example.com/secret-path", callback_method: "POST" };
    expect(await dispatch(of, { configuration }, version)).toMatchObject({ result: { kind: "accepted" } });
    expect(Object.fromEntries(new URL(of.sent[0]?.request.url ?? "").searchParams)).toMatchObject({ language: "en", url: CALLBACK_URL });
  });

  it("marks each multipart body with a boundary of 128 random bits", async () => {
    const of = world();
    await dispatch(of, {}, recordingVersion({ body_format: "multipart", body: { file: "{{audio_data}}" } }));
    expect(of.sent[0]?.request.headers["Content-Type"]).toBe(`multipart/form-data; boundary=dipswitch-${"0f".repeat(16)}`);
  });
});

async function suspended(): Promise<Partial<InstalledAddOn>> {
  const { publisher } = await installedRecordingAddOn(VERSION);
  return { publisher: { ...publisher, status: "suspended" } };
}

describe("nothing is sent", () => {
  it.each<[string, string, () => Partial<InstalledAddOn> | Promise<Partial<InstalledAddOn>>]>([
    ["where the add-on is not enabled any more", "extension_disabled", () => ({ enabledAt: new Set() })],
    ["to a publisher that is suspended", "publisher_suspended", suspended],
    ["after the version's end", "version_past_sunset", () => ({ sunsetAtMs: NOW })],
  ])("%s", async (_what, kind, change) => {
    const of = world();
    expect(await dispatch(of, await change())).toMatchObject({ result: { kind: "failed", failure: { kind }, isRefusal: false }, status: null });
    expect(of.sent).toEqual([]);
  });

  it("where the add-on was uninstalled", async () => {
    const of = world();
    expect(await dispatchRecording(ORDER, STARTED, null, VERSION, CALLBACK_URL, of.ports)).toEqual({
      // The install's name is the developer's, and the publisher reads this too.
      result: { kind: "failed", failure: { kind: "not_installed", detail: `The installed add-on ${ORDER.configurationSid} was removed.` }, isRefusal: false },
      isSent: false,
      status: null,
      refusal: null,
    });
    expect(of.sent).toEqual([]);
  });

  it("where the version cannot be run here", async () => {
    const of = world();
    expect(await dispatch(of, {}, null)).toMatchObject({ result: { failure: { kind: "internal", detail: expect.stringContaining(ORDER.versionSid) } } });
    expect(of.sent).toEqual([]);
  });

  it("that the publisher's request schema refuses", async () => {
    const of = world();
    const version = recordingVersion({}, { request_schema: { properties: { duration: { maximum: 2_999 } } } });
    expect(await dispatch(of, {}, version)).toMatchObject({ result: { failure: { kind: "request_schema_refused", detail: expect.stringContaining("/duration") } } });
    expect(of.sent).toEqual([]);
  });

  it("without a runtime field that is required, which no recording has", async () => {
    const of = world();
    expect(await dispatch(of, {}, recordingVersion({}, { runtime_fields: { topic: { required: true } } }))).toMatchObject({ result: { failure: { kind: "runtime_field_missing" } } });
    expect(of.sent).toEqual([]);
  });
});
