import { createMessageBatch, createExecutionContext, evictDurableObject, getQueueResult, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { consumeDispatch } from "../../src/consumers/dispatch.ts";
import { sha256Hex, utf8 } from "../../src/domain/bytes.ts";
import { audioKey } from "../../src/domain/recording/keys.ts";
import { requestSidFromSeed } from "../../src/domain/sid.ts";
import { receiveCallback, type ReceivedCallback } from "../../src/invocation/receive-callback.ts";
import { deskOf } from "../../src/platform/account-desk.ts";
import { createAccount } from "../../src/platform/d1/accounts.ts";
import { encryptText } from "../../src/platform/encryption.ts";
import { callbackStore } from "../../src/platform/r2/callback-store.ts";
import { invocationOf } from "../../src/platform/recording-invocation.ts";
import { gatewayOf } from "../../src/wiring.ts";
import { rows } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";
import { gatewayEnv, wakeUps } from "./gateway-env.ts";
import { peersFor } from "./recording-peers.ts";

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const DAY_MS = 24 * 60 * MINUTE_MS;
/** Of one use of the add-on. */
export const PRICE_MICROS = 10_000;
/** The recording lasts a second, so this is the least time that a publisher has. */
export const CALLBACK_MS = MINUTE_MS;
export const RELAY_URL = "https://developer.example.com/relay";

const AUDIO = utf8("sound".repeat(200));
const QUEUE = "dipswitch-dispatch";
export const gateway = gatewayOf(gatewayEnv);
// The delays between relays have no chance in them: each is as long as it says.
gateway.clock = { ...gateway.clock, random: () => 0.5 };

export const DEFINITION = {
  unique_name: "sound",
  friendly_name: "Sound",
  description: "Listens.",
  type: "recording_analysis",
  extensions: ["recording-api"],
  request: { method: "POST", url: "https://publisher.example.com/audio", body_format: "binary", query: { callback_url: "{{callback_url}}" }, body: "{{audio_data}}" },
  response_schema: { type: "object", required: ["text"], properties: { text: { type: "string" } } },
  pricing: { model: "per_use", unit_price: "0.01", currency: "USD" },
};

export type WakeUp = { v: 1; kind: "start" | "dispatch" | "check"; recording?: string; xr?: string };

/** @property durationMs the recording's. */
type Opening = { creditMicros?: number; relayUrl?: string | null; durationMs?: number; definition?: object };

export const sidOf = (prefix: string): string => prefix + crypto.randomUUID().replaceAll("-", "");

/** A recording that was just stored, of an account that has one add-on for it, and what becomes of the add-on's work on it. */
export async function openRecording({ creditMicros = 1_000_000, relayUrl = RELAY_URL, durationMs = SECOND_MS, definition = DEFINITION }: Opening = {}) {
  const recordingSid = sidOf("RE");
  const { accountSid, authorization } = await openAccount();
  const { publisherSid, publisherAuthorization, configurationSid } = await installAddOn(accountSid, "sound", relayUrl, definition);
  const desk = deskOf(env.ACCOUNT_DESK, accountSid);
  if (creditMicros > 0) await desk.grant({ key: "first", sid: sidOf("CR"), micros: creditMicros, reason: "test" });
  await env.RECORDINGS.put(audioKey(accountSid, recordingSid), AUDIO);
  await env.DB.prepare(
    "INSERT INTO recordings (sid, account_sid, source, media_type, channels, duration_ms, size_bytes, sha256, start_due_at, created_at, updated_at) VALUES (?1, ?2, 'OutboundAPI', 'audio/mpeg', 1, ?5, ?3, ?4, 0, 0, 0)",
  ).bind(recordingSid, accountSid, AUDIO.byteLength, await sha256Hex(AUDIO), durationMs).run();
  const xr = await requestSidFromSeed(`${recordingSid}/0`, `${configurationSid}/mixed`);
  const peers = peersFor(xr);
  // A stub of an object that broke stays broken.
  const stub = () => env.RECORDING_INVOCATION.getByName(xr);
  const invocation = invocationOf(env.RECORDING_INVOCATION, xr);
  const callbackSecret = (): string => peers.audio.at(-1)?.callbackUrl.split("/").at(-1) ?? "";
  const take = (kind: WakeUp["kind"]): WakeUp => {
    const index = wakeUps.findIndex((wakeUp) => isOf(wakeUp, kind, xr));
    if (index === -1) throw new Error(`nobody is to be woken up for ${kind} of ${xr}`);
    return wakeUps.splice(index, 1)[0] as WakeUp;
  };
  return {
    xr,
    recordingSid,
    accountSid,
    configurationSid,
    /** Of the account, and of the add-on's publisher. */
    authorization,
    publisherAuthorization,
    callbackUrl: (): string => peers.audio.at(-1)?.callbackUrl ?? "",
    peers,
    desk,
    invocation,
    /** The wake-up that whoever stored the recording has sent. */
    startMessage: { v: 1, kind: "start", recording: recordingSid } as WakeUp,
    take,
    /** Those that were sent and not taken. */
    waiting: (kind: WakeUp["kind"]): number => wakeUps.filter((wakeUp) => isOf(wakeUp, kind, xr)).length,
    ring: (): Promise<boolean> => runDurableObjectAlarm(stub()),
    /** Time goes on to whatever is due first, and a bit. */
    async ringAtDue(lateMs = 0): Promise<void> {
      const [dueAtMs, alarmAtMs] = await runInDurableObject(stub(), async (_object, { storage }) => [
        storage.sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM due").one().at,
        await storage.getAlarm(),
      ]);
      if (dueAtMs === null || alarmAtMs === null || alarmAtMs > dueAtMs) throw new Error(`due at ${dueAtMs}, and the alarm is set for ${alarmAtMs}`);
      deskWorld.aheadMs = Math.max(deskWorld.aheadMs, dueAtMs + lateMs - Date.now());
      await runDurableObjectAlarm(stub());
    },
    hasAlarm: async (): Promise<boolean> => (await runInDurableObject(stub(), (_object, { storage }) => storage.getAlarm())) !== null,
    tables: (): Promise<unknown[]> => runInDurableObject(stub(), (_object, { storage }) => storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT GLOB '_cf_*'").toArray()),
    /** Out of memory, so that it begins anew from what it has stored. One that does not run is just that. */
    evict: (): Promise<void> => evictDurableObject(stub()).catch((error: unknown) => {
      if (!String(error).includes("not currently running")) throw error;
    }),
    /** Calls back as the route does. @returns also what the secret alone is told. */
    async callBack(body: string, attempt = sidOf("")): Promise<ReceivedCallback["kind"] | "not_found"> {
      const opening = await invocation.openCallback(await sha256Hex(callbackSecret()), publisherSid);
      if (opening.kind !== "open") return opening.kind;
      return (await receiveCallback({ xr, attempt, body: new Blob([body]).stream() }, { callbacks: callbackStore(env.RECORDINGS), invocation, nowMs: () => Date.now() + deskWorld.aheadMs, reportLeft: () => undefined })).kind;
    },
    relay: async () => (await invocation.inspect())?.relay ?? null,
    phase: async () => (await invocation.inspect())?.phase ?? null,
    /** What the account sees of it, and pays. */
    async seen() {
      await desk.flush();
      const [recorded, results, payloads, deadLetters, kept] = await Promise.all([
        rows<{ status: string; code: number | null; price_micros: number }>("SELECT status, code, price_micros FROM invocations WHERE sid = ?", xr),
        rows<{ status: string }>("SELECT status FROM add_on_results WHERE sid = ?", xr),
        rows<{ label: string; key: string }>("SELECT label, key FROM payloads WHERE add_on_result_sid = ?", xr),
        rows<{ attempts: number; last_status: number | null; last_detail: string }>("SELECT attempts, last_status, last_detail FROM dead_letters WHERE add_on_result_sid = ?", xr),
        env.RECORDINGS.list({ prefix: `callbacks/${xr}/` }),
      ]);
      return { recorded, results: results.map(({ status }) => status), payloads: payloads.length, deadLetters, bodies: kept.objects.length, spentMicros: (await desk.balance()).spentMicros };
    },
  };
}

export type RecordingUnderTest = Awaited<ReturnType<typeof openRecording>>;

function isOf(wakeUp: unknown, kind: WakeUp["kind"], xr: string): boolean {
  const { kind: its, xr: of } = wakeUp as WakeUp;
  return its === kind && of === xr;
}

/** Whoever is woken up follows. @returns whether the message is done with, or comes again. */
export async function follow(...messages: WakeUp[]): Promise<{ acks: number; retries: number }> {
  const batch = createMessageBatch(QUEUE, messages.map((body, index) => ({ id: String(index), timestamp: Date.now(), attempts: 1, body })));
  await consumeDispatch(batch, gatewayEnv);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
  return { acks: explicitAcks.length, retries: retryMessages.length };
}

export async function setAccountStatus(accountSid: string, status: "active" | "suspended"): Promise<void> {
  await setAccountStatusElsewhere(accountSid, status);
  gateway.snapshots.drop(accountSid);
}

/** By another isolate: what this one remembers of the account is as it was. */
export async function setAccountStatusElsewhere(accountSid: string, status: "active" | "suspended"): Promise<void> {
  await env.DB.prepare("UPDATE accounts SET status = ?2 WHERE sid = ?1").bind(accountSid, status).run();
}

/** @param url null removes it. */
export async function setRelayUrl(recording: RecordingUnderTest, url: string | null): Promise<void> {
  await setRelayUrlElsewhere(recording, url);
  gateway.snapshots.drop(recording.accountSid);
}

/** By another isolate: this one goes on remembering what it knew. */
export async function setRelayUrlElsewhere({ configurationSid }: RecordingUnderTest, url: string | null): Promise<void> {
  await env.DB.prepare("UPDATE installed_add_ons SET configuration = ?2 WHERE sid = ?1").bind(configurationSid, configurationOf(url)).run();
}

export async function openAccount(): Promise<{ accountSid: string; authorization: string }> {
  const { account, authToken } = await createAccount(gateway.db, gateway.settings, "Developer");
  return { accountSid: account.sid, authorization: `Basic ${btoa(`${account.sid}:${authToken}`)}` };
}

/** An add-on of a publisher of its own. */
export async function installAddOn(accountSid: string, uniqueName: string, relayUrl: string | null = RELAY_URL, definition: object = DEFINITION) {
  const { accountSid: publisherSid, authorization: publisherAuthorization } = await openAccount();
  const [addOn, version, configurationSid] = [sidOf("XB"), sidOf("XC"), sidOf("XE")];
  const credentials = await encryptText(gateway.settings.encryptionKeys, `add_ons.credentials/${addOn}`, JSON.stringify({ type: "none" }));
  await env.DB.batch([
    env.DB.prepare("INSERT INTO add_ons (sid, account_sid, unique_name, type, credentials, created_at, updated_at) VALUES (?1, ?2, ?1, 'recording_analysis', ?3, 0, 0)").bind(addOn, publisherSid, credentials),
    env.DB.prepare("INSERT INTO add_on_versions (sid, add_on_sid, number, status, definition, created_at, updated_at) VALUES (?1, ?2, 1, 'active', ?3, 0, 0)").bind(version, addOn, JSON.stringify(definition)),
    env.DB.prepare(
      "INSERT INTO installed_add_ons (sid, account_sid, install_sid, add_on_sid, version_sid, unique_name, configuration, extensions, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '{\"recording-api\":true}', 0, 0)",
    ).bind(configurationSid, accountSid, sidOf("XD"), addOn, version, uniqueName, configurationOf(relayUrl)),
  ]);
  return { publisherSid, publisherAuthorization, configurationSid };
}

const configurationOf = (relayUrl: string | null): string => JSON.stringify(relayUrl === null ? {} : { callback_url: relayUrl, callback_method: "POST" });
