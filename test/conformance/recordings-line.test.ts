import { afterAll, beforeAll, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { addOnsOf, startDeveloperWebhook, type DeveloperWebhook } from "../support/developer-webhook.ts";
import { authorization, startGateway, until, type Login, type TestGateway } from "../support/gateway.ts";
import { startRecordingPublisher, type RecordingPublisher } from "../support/recording-publisher.ts";

/** A WAV file of 8 kHz and 16 bits: `seconds` of a slow saw-tooth, another one in each channel. */
function wav(channels: 1 | 2, seconds: number): Buffer {
  const frames = 8_000 * seconds;
  const data = Buffer.alloc(frames * channels * 2);
  for (let frame = 0; frame < frames; frame++) {
    for (let channel = 0; channel < channels; channel++) data.writeInt16LE(((frame * (channel + 1)) % 2_000) - 1_000, (frame * channels + channel) * 2);
  }
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + data.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(8_000 * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(data.byteLength, 40);
  return Buffer.concat([header, data]);
}

type Result = { sid: string; status: string };

let gateway: TestGateway;
let publisher: RecordingPublisher;
let webhook: DeveloperWebhook;
let developer: Login;
let owner: Login;
let name: string;

beforeAll(async () => {
  gateway = await startGateway();
  [developer, owner] = [await gateway.account("Developer", "10"), await gateway.account("Publisher")];
  [publisher, webhook] = await Promise.all([startRecordingPublisher(owner), startDeveloperWebhook(developer.secret)]);
  const json = definition({ origin: publisher.origin } as never, "/audio", {
    type: "recording_analysis",
    extensions: ["recording-verb"],
    request: { method: "PUT", body_format: "binary", body: "{{audio_data}}", query: { callback_url: "{{callback_url}}", duration: "{{duration}}", size: "{{size}}", sid: "{{media_sid}}" } },
    response_schema: { type: "object", required: ["text"] },
    pricing: { model: "per_minute", unit_price: "0.03", currency: "USD" },
  });
  name = json.unique_name;
  const addOn = await publish(gateway, owner, json);
  await install(gateway, developer, addOn, { Configuration: JSON.stringify({ callback_url: `${webhook.origin}/relay` }) });
});
afterAll(async () => {
  await Promise.all([gateway.stop(), publisher.stop(), webhook.stop()]);
  expect([...publisher.violations, ...webhook.violations]).toEqual([]);
});

it("a two-channel recording goes out by channel, comes back by callback, is charged by the minute and relayed to its developer", async () => {
  const source = wav(2, 3);
  const posted = await fetch(`${gateway.url}/v1/Recordings?Source=RecordVerb&CallSid=CA${"1".repeat(32)}`, {
    method: "POST",
    headers: { "Content-Type": "audio/x-wav", ...authorization(developer) },
    body: new Uint8Array(source),
  });
  expect(posted.status, await posted.clone().text()).toBe(201);
  const { sid } = (await posted.json()) as { sid: string };

  await until("both channels are sent", () => publisher.received.length === 2);
  const [first, second] = publisher.received.toSorted((one, other) => one.body.readInt16LE(46) - other.body.readInt16LE(46));
  for (const audio of [first, second]) {
    expect(audio?.body.byteLength).toBe(44 + 3 * 8_000 * 2);
    expect(Object.fromEntries(audio?.url.searchParams ?? [])).toMatchObject({ duration: "3000", sid, size: String(44 + 3 * 8_000 * 2) });
  }
  const results = `/2010-04-01/Accounts/${developer.sid}/Recordings/${sid}/AddOnResults`;
  await until("both are in progress", async () => {
    const { body } = await gateway.call<{ add_on_results: Result[] }>(developer, "GET", `${results}.json`);
    return body.add_on_results?.length === 2 && body.add_on_results.every(({ status }) => status === "in-progress");
  });

  for (const [index, audio] of [first, second].entries()) {
    if (audio === undefined) throw new Error("no audio");
    const answer = await publisher.callBack(audio, { text: `channel ${index + 1}` });
    expect(answer.status, answer.text).toBe(200);
  }
  await until("both are completed", async () => {
    const { body } = await gateway.call<{ add_on_results: Result[] }>(developer, "GET", `${results}.json`);
    return body.add_on_results.every(({ status }) => status === "completed");
  });
  const relays = await until("both are relayed", () => webhook.requestsTo("/relay").length === 2 && webhook.requestsTo("/relay"));
  const items = relays.map((request) => Object.values(addOnsOf(request).results)[0] as unknown as { channel: number; payload: { url: string }[] });
  for (const { channel, payload } of items) {
    const data = await fetch(payload[0]?.url ?? "", { headers: authorization(developer) });
    expect(await data.json()).toEqual({ text: `channel ${channel}` });
  }
  expect(new Set(items.map(({ channel }) => channel))).toEqual(new Set([1, 2]));
  const { body } = await gateway.call<{ invocations: { status: string; price: string; integration_point: string }[] }>(developer, "GET", "/v1/Invocations");
  expect(body.invocations).toMatchObject([
    { status: "successful", price: "0.03", integration_point: "recording-verb" },
    { status: "successful", price: "0.03", integration_point: "recording-verb" },
  ]);
  expect(name).toBeTruthy();
});
