import { createHash, randomBytes } from "node:crypto";
import type { RecordingOrder } from "../../src/domain/recording/recording-order.ts";
import type { InvocationInspection } from "../../src/invocation/recording-ports.ts";
import { definition, install, publish, type DefinitionJson } from "./add-ons.ts";
import { until, type Login, type TestGateway } from "./gateway.ts";
import type { LoopbackPublisher } from "./loopback-publisher.ts";

/** A recording add-on, and who has it installed. */
export type RecordingAddOn = { addOnSid: string; versionSid: string; configurationSid: string; uniqueName: string; publisherSid: string; accountSid: string; unitPriceMicros: number };

/** The publisher accepts whatever audio it gets. */
export const accepting: Parameters<LoopbackPublisher["on"]>[1] = (_request, response) => void response.writeHead(202).end();

/** A definition whose requests carry the callback's URL as a parameter. */
export function recordingDefinition(publisher: LoopbackPublisher, path: string, change: Record<string, unknown> = {}): DefinitionJson {
  return definition(publisher, path, {
    type: "recording_analysis",
    extensions: ["recording-api"],
    request: { body_format: "binary", query: { callback: "{{callback_url}}" }, body: "{{audio_data}}" },
    pricing: { model: "per_minute", unit_price: "0.005", currency: "USD" },
    ...change,
  });
}

export async function installedRecordingAddOn(gateway: TestGateway, publisher: Login, developer: Login, json: DefinitionJson): Promise<RecordingAddOn> {
  const addOnSid = await publish(gateway, publisher, json);
  const configurationSid = await install(gateway, developer, addOnSid);
  const { body } = await gateway.call<{ version: { sid: string } }>(publisher, "GET", `/v1/Publisher/AddOns/${addOnSid}`);
  return { addOnSid, versionSid: body.version.sid, configurationSid, uniqueName: json.unique_name, publisherSid: publisher.sid, accountSid: developer.sid, unitPriceMicros: 5_000 };
}

/** One recording on its way through one add-on. */
export type UnderWay = { xr: string; /** The path that the publisher is to call back, as it was told. */ callbackPath: string; inspect(): Promise<InvocationInspection> };

/** Starts an invocation as the ingest of a recording does, and waits until the publisher has been told where to call back. */
export async function sendRecording(gateway: TestGateway, publisher: LoopbackPublisher, addOn: RecordingAddOn, change: Partial<RecordingOrder> = {}): Promise<UnderWay> {
  const hex = randomBytes(16).toString("hex");
  const audio = new Uint8Array(1_000);
  const order: RecordingOrder = {
    v: 1,
    xr: `XR${hex}`,
    recordingSid: `RE${hex}`,
    recordingCreatedAtMs: 0,
    integrationPoint: "recording-api",
    channel: null,
    installSid: `XD${hex}`,
    relayUrl: null,
    callbackTimeoutMs: 60_000,
    durationMs: 61_000,
    fullPriceMicros: 2 * addOn.unitPriceMicros,
    dailyCapMicros: null,
    audio: { key: `recordings/${addOn.accountSid}/RE${hex}/audio`, sizeBytes: audio.byteLength, sha256: createHash("sha256").update(audio).digest("hex"), mediaType: "audio/x-wav", channels: 1 },
    ...addOn,
    ...change,
  };
  const bucket = await gateway.miniflare.getR2Bucket("RECORDINGS");
  await bucket.put(order.audio.key, audio);
  const db = await gateway.miniflare.getD1Database("DB");
  await db
    .prepare(
      `INSERT INTO recordings (sid, account_sid, source, media_type, channels, duration_ms, size_bytes, sha256, created_at, updated_at)
       VALUES (?1, ?2, 'OutboundAPI', 'audio/x-wav', 1, ?3, ?4, ?5, 0, 0)`,
    )
    .bind(order.recordingSid, order.accountSid, order.durationMs, order.audio.sizeBytes, order.audio.sha256)
    .run();
  const objects = await gateway.miniflare.getDurableObjectNamespace("RECORDING_INVOCATION");
  const object = () => objects.get(objects.idFromName(order.xr)) as unknown as { start(order: RecordingOrder): Promise<void>; inspect(): Promise<InvocationInspection | null> };
  await object().start(order);
  const { url } = await until("the audio reaches the publisher", () => publisher.requests.find(({ headers }) => headers["x-twilio-requestsid"] === order.xr));
  return {
    xr: order.xr,
    callbackPath: new URL(url.searchParams.get("callback") ?? "").pathname,
    async inspect() {
      const inspection = await object().inspect();
      if (inspection === null) throw new Error(`${order.xr} is not there`);
      return inspection;
    },
  };
}
