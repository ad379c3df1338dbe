import { DurableObject } from "cloudflare:workers";
import { hexOf, sha256Hex } from "../domain/bytes.ts";
import { isDone, isOver, next, NEW_INVOCATION, type Callback, type DueKind, type InvocationEvent, type InvocationReply } from "../domain/recording/recording-invocation.ts";
import type { RecordingOrder } from "../domain/recording/recording-order.ts";
import { dispatchDeadlineMs } from "../domain/recording/recording-times.ts";
import type { InvocationFailure } from "../domain/failure.ts";
import type { Env } from "../env.ts";
import type { CallbackOpening, CheckOrder, DispatchedAttempt, DispatchOrder, InvocationInspection } from "../invocation/recording-ports.ts";
import { decryptText, encryptText } from "../platform/encryption.ts";
import { errorOf, log } from "../platform/log.ts";
import { newSid, randomBytes } from "../platform/randomness.ts";
import { gatewayOf } from "../wiring.ts";
import { InvocationStore, type InvocationRow } from "./invocation-store.ts";
import { relayUrlOf, runDue } from "./invocation-due.ts";

/** Ours: rows that one alarm works on before it makes room; what is left is the next one's. */
const DUE_PER_ALARM = 20;
/** Ours: when an alarm failed for an unknown reason. The platform would repeat it six times and then never again. */
const ALARM_RETRY_MS = 30_000;

/**
 * One add-on's work on one recording. A shell: what an event changes is decided in `domain/recording`, in one synchronous block; what must
 * happen later is a row, and the one alarm rings for the first of them.
 */
export class RecordingInvocation extends DurableObject<Env> {
  readonly #store: InvocationStore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new InvocationStore(ctx.storage.sql);
  }

  /** The clock, for tests to put forward. */
  protected now(): number {
    return Date.now();
  }

  /** The same order again changes nothing. */
  async start(order: RecordingOrder): Promise<void> {
    if (this.#store.get() !== null) return this.#arm();
    const plain = hexOf(randomBytes(32));
    const [secret, secretSha256] = await Promise.all([encryptText(gatewayOf(this.env).settings.encryptionKeys, secretPlace(order.xr), plain), sha256Hex(plain)]);
    this.ctx.storage.transactionSync(() => {
      // Another call may have been faster while this one encrypted.
      if (this.#store.get() !== null) return;
      const nowMs = this.now();
      const relay = order.relayUrl === null ? "none" : "pending";
      this.#store.create({ order, state: NEW_INVOCATION, secret, secretSha256, payloadSid: newSid("XH"), startedAtMs: nowMs, relay });
      this.#store.setDue("publish", nowMs);
      this.#store.setDue("dispatch", nowMs);
    });
    await this.#arm();
  }

  /** @returns what is to be sent, or that nothing is. */
  async beginDispatch(): Promise<DispatchOrder> {
    const row = this.#store.get();
    if (row === null) return { kind: "stop" };
    const { order, startedAtMs } = row;
    const callbackSecret = await this.#secretOf(row);
    const reply = await this.#apply({ kind: "begin_dispatch", deadlineMs: dispatchDeadlineMs(order.audio.sizeBytes) }, (decided) => {
      if (decided.kind === "go") this.#store.beginDispatch(decided.number, this.now());
    });
    if (reply.kind !== "go") return { kind: "stop" };
    if (callbackSecret !== null) return { kind: "go", number: reply.number, order, startedAtMs, callbackSecret };
    await this.dispatched({ number: reply.number, result: { kind: "unavailable", failure: NO_SECRET }, isSent: false, status: null, refusalBytes: null });
    return { kind: "stop" };
  }

  /** @returns null when the key that it was encrypted with is gone: it may come back before the last attempt. */
  async #secretOf({ order, secret }: InvocationRow): Promise<string | null> {
    try {
      return await decryptText(gatewayOf(this.env).settings.encryptionKeys, secretPlace(order.xr), secret);
    } catch (error) {
      log({ event: "callback_secret_unreadable", request_sid: order.xr, ...errorOf(error) });
      return null;
    }
  }

  /** @returns whether it counts: not when the invocation has ended otherwise meanwhile, or is not known any more. */
  async dispatched({ number, result, isSent, status, refusalBytes }: DispatchedAttempt): Promise<boolean> {
    const row = this.#store.get();
    if (row === null) return false;
    const reply = await this.#apply({ kind: "dispatched", number, result, callbackTimeoutMs: row.order.callbackTimeoutMs }, (decided) => {
      if (isSent) this.#store.endDispatch(number, this.now(), status, result.kind === "accepted" ? null : result.failure.kind);
      else if (decided.kind === "taken") this.#store.dropDispatch(number);
      if (decided.kind === "taken" && refusalBytes !== null) this.#store.setRefusal(refusalBytes);
    });
    return reply.kind === "taken";
  }

  /** Asked before a callback's body is read. Who has the wrong secret, or is not its publisher, learns no more than that nothing is there. */
  async openCallback(secretSha256: string, publisherSid: string): Promise<CallbackOpening> {
    const row = this.#store.get();
    if (row === null || !isSame(secretSha256, row.secretSha256) || publisherSid !== row.order.publisherSid) return { kind: "not_found" };
    const { state, order } = row;
    const isLate = state.deadlineAtMs !== null && this.now() > state.deadlineAtMs;
    // One that has called back already may be repeated, and is then told what became of it.
    const isGone = state.callback === null && (isOver(state) || isLate);
    return { kind: isGone ? "gone" : "open", addOnSid: order.addOnSid };
  }

  async receive(callback: Callback, uploadedAtMs: number): Promise<{ kind: "received" | "repeated" | "conflict" | "gone" }> {
    const { kind } = await this.#apply({ kind: "received", callback, uploadedAtMs });
    return { kind: kind === "received" || kind === "repeated" || kind === "conflict" ? kind : "gone" };
  }

  async beginCheck(): Promise<CheckOrder> {
    const row = this.#store.get();
    if (row?.state.phase !== "received" || row.state.callback === null) return { kind: "stop" };
    return { kind: "go", order: row.order, callback: row.state.callback };
  }

  async checked(failure: InvocationFailure | null, priceMicros: number): Promise<void> {
    await this.#apply({ kind: "checked", failure, priceMicros });
  }

  /** Its recording is deleted. What is under way stays known as canceled, so that its callback is told that it is gone; what has ended goes. */
  async cancel(): Promise<void> {
    const row = this.#store.get();
    // Canceled twice is canceled once: a deletion that broke off is asked for again.
    if (row === null || row.state.outcome?.canceled === true) return;
    if (isDone(row.state)) await this.forget();
    else await this.#apply({ kind: "cancel" });
  }

  /** Its results are deleted, or past their time. */
  async forget(): Promise<void> {
    const row = this.#store.get();
    if (row === null) return;
    this.#store.setForgotten();
    // What is under way ends first: its account's desk is told.
    if (!isDone(row.state)) await this.#apply({ kind: "cancel" });
    else if (row.endedAtMs !== null) this.#retireNow();
    await this.#arm();
  }

  async inspect(): Promise<InvocationInspection | null> {
    const row = this.#store.get();
    if (row === null) return null;
    const { order, state, relay } = row;
    return { order, phase: state.phase, outcome: state.outcome, relay: { status: relay, attempts: this.#store.relays(), nextAtMs: this.#store.dueAt("relay") } };
  }

  /** Sends the relay once more, at once. @returns whether there is anything to relay, and a URL to relay it to. */
  async redeliver(): Promise<boolean> {
    const row = this.#store.get();
    if (row === null || row.endedAtMs === null) return false;
    if (relayUrlOf(row.order, await gatewayOf(this.env).recheckAccount(row.order.accountSid)) === null) return false;
    this.#store.setRelay("pending");
    this.#store.setDue("relay", this.now());
    await this.#arm();
    return true;
  }

  override async alarm(): Promise<void> {
    try {
      for (let count = 0; count < DUE_PER_ALARM; count++) {
        const first = this.#store.firstDue();
        if (first === null || first.at > this.now()) break;
        // Its row stands for a later time by then: what fails must not hold up what is due besides, such as the end of a publisher's time.
        await this.#strike(first.kind).catch((error: unknown) => this.#report(first.kind, error));
      }
      await this.#rearm();
    } catch (error) {
      this.#report(null, error);
      await this.ctx.storage.setAlarm(this.now() + ALARM_RETRY_MS);
    }
  }

  #report(due: DueKind | null, error: unknown): void {
    log({ event: "recording_alarm_failed", request_sid: this.#store.get()?.order.xr ?? null, due, ...errorOf(error) });
  }

  /** The row is set anew before its work begins, so that work which dies is done again. */
  async #strike(kind: DueKind): Promise<void> {
    const before = this.#store.get();
    await this.#apply({ kind: "due", due: kind });
    const row = this.#store.get();
    if (row === null) return;
    const guardAtMs = this.#store.dueAt(kind);
    // What has only now become due at a later time is not due yet: audio whose sending was interrupted.
    if (guardAtMs === null || before?.state.phase !== row.state.phase) return;
    await runDue(kind, row, {
      gateway: gatewayOf(this.env),
      store: this.#store,
      nowMs: () => this.now(),
      apply: (event) => this.#apply(event),
      cancel: () => this.cancel(),
      isStill: () => this.#store.dueAt(kind) === guardAtMs,
      erase: () => this.#erase(),
    });
  }

  /** @param also what belongs to the same step. */
  async #apply(event: InvocationEvent, also?: (reply: InvocationReply) => void): Promise<InvocationReply> {
    const reply = this.ctx.storage.transactionSync((): InvocationReply => {
      const row = this.#store.get();
      if (row === null) return { kind: "none" };
      const nowMs = this.now();
      const transition = next(row.state, event, nowMs);
      if (transition.state !== row.state) this.#store.setState(transition.state);
      for (const [kind, at] of Object.entries(transition.due)) this.#store.setDue(kind as DueKind, at);
      if (hasEnded(row, transition.state.phase)) {
        this.#store.setEnded(nowMs);
        if (row.isForgotten) this.#retireNow();
      }
      also?.(transition.reply);
      return transition.reply;
    });
    await this.#arm();
    return reply;
  }

  /** Nobody is to see or hear of it any more. */
  #retireNow(): void {
    this.#store.setDue("publish", null);
    this.#store.setDue("relay", null);
    this.#store.setDue("retention", this.now());
  }

  /** Rows that were struck have armed it for others which were struck after them: it would ring once more for nothing. */
  async #rearm(): Promise<void> {
    const first = this.#store.firstDue();
    if (first !== null) await this.ctx.storage.setAlarm(first.at);
  }

  async #arm(): Promise<void> {
    const first = this.#store.firstDue();
    if (first === null) return;
    const armedAtMs = await this.ctx.storage.getAlarm();
    if (armedAtMs === null || armedAtMs > first.at) await this.ctx.storage.setAlarm(first.at);
  }

  async #erase(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#store.erased();
  }
}

const NO_SECRET: InvocationFailure = { kind: "internal", detail: "The URL to call back could not be made." };

const secretPlace = (xr: string): string => `recording_invocations.secret/${xr}`;

const hasEnded = (row: InvocationRow, phase: InvocationRow["state"]["phase"]): boolean =>
  row.endedAtMs === null && (phase === "completed" || phase === "failed" || phase === "canceled");

/** Both are hashes of 256 random bits, of one length: what a comparison's time could tell is worth nothing. */
function isSame(left: string, right: string): boolean {
  const [one, other] = [new TextEncoder().encode(left), new TextEncoder().encode(right)];
  return one.byteLength === other.byteLength && crypto.subtle.timingSafeEqual(one, other);
}
