import { relayAlert } from "../domain/alert/recording-alerts.ts";
import { dailyCapOf } from "../domain/billing/daily-cap.ts";
import { installOfSid, isUsable } from "../domain/catalog/install.ts";
import type { DueKind, InvocationEvent } from "../domain/recording/recording-invocation.ts";
import { callbackKey, callbacksPrefix, refusalKey } from "../domain/recording/keys.ts";
import type { RecordingOrder } from "../domain/recording/recording-order.ts";
import { afterRelay, relayParameters } from "../domain/recording/relay.ts";
import { recordOfRecording } from "../domain/recording/recording-record.ts";
import { relayResult } from "../invocation/relay-result.ts";
import { holdCredit, settleRecording } from "../invocation/settle-recording.ts";
import { deskOf } from "../platform/account-desk.ts";
import type { AccountSnapshot } from "../platform/d1/account-snapshot.ts";
import { storeAlerts } from "../platform/d1/alerts.ts";
import { publishResult, removeResult } from "../platform/d1/add-on-result-rows.ts";
import { addDeadLetter } from "../platform/d1/dead-letter-rows.ts";
import { log } from "../platform/log.ts";
import { deleteUnder } from "../platform/r2/delete-under.ts";
import type { Gateway } from "../wiring.ts";
import type { InvocationRow, InvocationStore } from "./invocation-store.ts";

/** What the work of a due row may use. */
type DueWork = {
  gateway: Gateway;
  store: InvocationStore;
  nowMs(): number;
  apply(event: InvocationEvent): Promise<unknown>;
  /** Its recording is deleted. */
  cancel(): Promise<void>;
  /** Whether the row is still the one that struck: meanwhile something may have set it anew. */
  isStill(): boolean;
  /** Removes the object's storage. */
  erase(): Promise<void>;
};

/**
 * Does what is due. Each may be done again, when it died half-way: a wake-up twice is one, an invocation is held and settled once by its SID, rows are
 * written whole, and a relay is delivered at least once.
 */
export async function runDue(kind: DueKind, row: InvocationRow, work: DueWork): Promise<void> {
  switch (kind) {
    case "dispatch":
      return dispatch(row, work);
    case "check":
      if (row.state.phase === "received") await work.gateway.dispatch.send({ v: 1, kind: "check", xr: row.order.xr });
      return;
    case "settle":
      return settle(row, work);
    case "publish":
      return publish(row, work);
    case "relay":
      return relay(row, work);
    case "retention":
      return retire(row, work);
    case "deadline":
    case "check_limit":
      // What they change is decided with the alarm itself.
      return;
  }
}

/** The price is held before anything is sent. Asked again when no reply came: the row stands. */
async function dispatch({ order, state }: InvocationRow, { gateway, apply }: DueWork): Promise<void> {
  if (state.phase !== "queued") return;
  if (!state.isHeld) {
    const held = await holdCredit(deskOf(gateway.desks, order.accountSid), { xr: order.xr, micros: order.fullPriceMicros, ...capOf(order) }, gateway.clock);
    if (held === null) return log({ event: "recording_not_held", request_sid: order.xr });
    await apply({ kind: "held", refusedFor: held.kind === "refused" ? held.for : null });
    if (held.kind === "refused") return;
  }
  await gateway.dispatch.send({ v: 1, kind: "dispatch", xr: order.xr });
}

const capOf = ({ configurationSid, dailyCapMicros }: RecordingOrder) => dailyCapOf(configurationSid, dailyCapMicros);

async function settle(row: InvocationRow, { gateway, store, nowMs, apply }: DueWork): Promise<void> {
  const { order, state, startedAtMs, refusalBytes } = row;
  if (state.phase !== "settling" || state.outcome === null) return;
  const attempts = store.dispatches();
  const bytesOut = attempts.length === 0 ? 0 : order.audio.sizeBytes;
  const course = { startedAtMs, endedAtMs: nowMs(), bytesOut, bytesIn: state.callback?.sizeBytes ?? refusalBytes ?? 0, attempts };
  const record = recordOfRecording(order, state.outcome, course);
  const isSettled = await settleRecording(deskOf(gateway.desks, order.accountSid), record, { isHeld: state.isHeld, isCanceled: state.outcome.canceled, ...capOf(order) }, gateway.clock);
  // The row stands, and strikes again.
  if (!isSettled) return log({ event: "recording_unsettled", request_sid: order.xr });
  await apply({ kind: "settled", isCanceled: state.outcome.canceled });
}

/** Brings what lists show of it to D1. */
async function publish(row: InvocationRow, { gateway, store, nowMs, isStill, cancel }: DueWork): Promise<void> {
  const { order, state, payloadSid, startedAtMs, endedAtMs, refusalBytes } = row;
  const { outcome, callback } = state;
  const isCompleted = state.phase === "completed";
  const payload =
    isCompleted && callback !== null
      ? { sid: payloadSid, key: callbackKey(order.xr, callback.attempt), sizeBytes: callback.sizeBytes }
      : outcome?.refusal === true && refusalBytes !== null
        ? { sid: payloadSid, key: refusalKey(order.xr, state.dispatches), sizeBytes: refusalBytes }
        : null;
  // What nobody may read is not kept: what came for a recording that was deleted, what its schema refused, what was not paid.
  if (endedAtMs !== null && payload === null) await deleteUnder(gateway.recordings, callbacksPrefix(order.xr));
  const isListed = await publishResult(gateway.d1, order, { phase: state.phase, createdAtMs: startedAtMs, completedAtMs: endedAtMs, payload }, nowMs());
  // Whoever deleted its recording did not know of it yet.
  if (!isListed) await cancel();
  if (isStill()) store.setDue("publish", null);
}

async function relay(row: InvocationRow, { gateway, store, nowMs, isStill }: DueWork): Promise<void> {
  const { order, state, payloadSid } = row;
  // What the developer is told of must be there to be fetched. D1 did not take it: its row is due again, and this one after it.
  if (store.dueAt("publish") !== null) return;
  if (state.outcome === null || row.endedAtMs === null) return store.setDue("relay", null);
  let account = await gateway.snapshots.get(order.accountSid);
  // What is only remembered must not end it: it may be older than the URL.
  if (account?.status !== "active" || relayUrlOf(order, account) === null) account = await gateway.recheckAccount(order.accountSid);
  const url = relayUrlOf(order, account);
  if (url === null) {
    // What was tried, or is a dead letter, can be sent again once there is a URL.
    store.setRelay(store.relays().length === 0 ? "none" : "stopped");
    return store.setDue("relay", null);
  }
  const parameters = relayParameters(order, state.outcome, payloadSid, gateway.settings.publicUrl);
  const relayed =
    account?.status === "active"
      ? await relayResult({ url, parameters, signingKey: account.signingKey, idempotencyToken: order.xr }, gateway)
      : { status: null, detail: "The account is not active.", isDelivered: false };
  const attempts = store.addRelay(nowMs(), relayed);
  const then = afterRelay(relayed, attempts, gateway.clock.random());
  const alert = relayAlert(order, { url, attempts, detail: relayed.detail, isDead: then.kind === "dead" }, nowMs());
  if (then.kind === "again") {
    store.setRelay("pending");
    if (isStill()) store.setDue("relay", nowMs() + then.delayMs);
    if (attempts === 1) await storeAlerts(gateway.d1, [alert], nowMs());
    return;
  }
  if (then.kind === "dead") {
    const { status, detail } = relayed;
    await storeAlerts(gateway.d1, [alert], nowMs(), [addDeadLetter(gateway.d1, order, { attempts, status, detail }, nowMs())]);
  }
  store.setRelay(then.kind);
  if (isStill()) store.setDue("relay", null);
}

/**
 * As the install says now: a URL that was mended is the one to tell, and one that was taken away is told no more. Of an install that was
 * removed, it is the URL that it had when the recording came.
 */
export function relayUrlOf(order: RecordingOrder, account: AccountSnapshot | null): string | null {
  const installed = account === null ? null : installOfSid(account.installed, order.configurationSid);
  if (installed === null || !isUsable(installed)) return order.relayUrl;
  const url = installed.configuration["callback_url"];
  return typeof url === "string" && url !== "" ? url : null;
}

/** Public documentation: results are kept for 30 days. */
async function retire({ order }: InvocationRow, { gateway, erase }: DueWork): Promise<void> {
  // All that was ever sent back for it: also what lost, and was not deleted then.
  await deleteUnder(gateway.recordings, callbacksPrefix(order.xr));
  await removeResult(gateway.d1, order.xr);
  await erase();
}
