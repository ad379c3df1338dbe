import { DurableObject } from "cloudflare:workers";
import { begin, type BeginReply, type BeginRequest, finish, type FinishReply, type FinishRequest, forgetAnswer } from "../domain/billing/claim.ts";
import { availableMicros, grant, type GrantReply, type GrantRequest } from "../domain/billing/credit.ts";
import { hold, type HoldReply, type HoldRequest, settleHold, type SettleHoldReply, type SettleHoldRequest } from "../domain/billing/hold.ts";
import { settle, type SettleReply, type SettleRequest, type Unsound, voidAll, type VoidReply, type VoidRequest } from "../domain/billing/desk.ts";
import { type DeskAgenda, dueTimes, earliest } from "../domain/billing/desk-agenda.ts";
import type { DeskClosing } from "../domain/billing/desk-closing.ts";
import type { DeskBalance, DeskInspection } from "../domain/billing/desk-inspection.ts";
import { alertsCharacters, problemOfFinish, problemOfHold, problemOfMessage, recordsCharacters } from "../domain/billing/desk-message.ts";
import { CLAIM_WAIT_MS } from "../domain/billing/desk-times.ts";
import type { Month } from "../domain/billing/month.ts";
import { reverse, type ReversalReply, type ReversalRequest } from "../domain/billing/reversal.ts";
import { IDEMPOTENCY_TTL_MS } from "../domain/limits.ts";
import type { Env } from "../env.ts";
import { writeFlush } from "../platform/d1/flush.ts";
import { errorOf, log } from "../platform/log.ts";
import { ClaimWaiters } from "./claim-waiters.ts";
import { DeskOutbox } from "./desk-outbox.ts";
import { migrateDesk } from "./desk-schema.ts";
import { SqlDeskStore } from "./desk-store.ts";
import { GroupCommit } from "./group-commit.ts";

/** Ours: a segment's row stays well below the platform's 2 MB. */
const SEGMENT_CHARACTERS = 512 * 1024;
/** Ours: an alarm that has carried so many flushes to D1 makes room, and the next one goes on. */
const FLUSHES_PER_ALARM = 20;
/** Ours: what comes in meanwhile is of the next month, so one flush is enough but for clocks that differ. */
const CLOSE_TRIES = 5;
/** Ours: when an alarm failed for an unknown reason. The platform would repeat it six times and then never again. */
const ALARM_RETRY_MS = 10_000;

/**
 * An account's money and its idempotency keys, decided in one place, one block at a time. A shell: what is decided is in `domain/billing`,
 * what is remembered in `SqlDeskStore`, how it reaches the disk in `GroupCommit`, how it reaches D1 in `DeskOutbox`.
 */
export class AccountDesk extends DurableObject<Env> {
  readonly #store: SqlDeskStore;
  readonly #outbox: DeskOutbox;
  readonly #commits: GroupCommit;
  readonly #waiters = new ClaimWaiters();
  #agenda: DeskAgenda;
  #armedAtMs = Infinity;
  #flushing: Promise<boolean> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    storage.transactionSync(() => migrateDesk(storage.sql));
    this.#outbox = new DeskOutbox(storage.sql, ctx.id.name ?? null);
    this.#store = new SqlDeskStore(storage.sql, this.now());
    this.#agenda = this.#readAgenda();
    this.#commits = new GroupCommit({
      commit: () => this.#commit(),
      sync: () => storage.sync(),
      abort: (error) => ctx.abort(`a desk's commit failed: ${messageOf(error)}`),
      maxChars: SEGMENT_CHARACTERS,
    });
    this.#arm();
  }

  /** The clock, for tests to put forward. */
  protected now(): number {
    return Date.now();
  }

  /** Waits a while for the answer of another run with the same key, so that its caller need not ask all the time. */
  async begin(request: BeginRequest): Promise<BeginReply> {
    const untilMs = this.now() + CLAIM_WAIT_MS;
    for (;;) {
      const reply = await this.#commits.run(() => begin(this.#store, this.now(), request));
      const leftMs = untilMs - this.now();
      if (reply.kind !== "wait" || leftMs <= 0) return reply;
      const hasWaited = await this.#waiters.wait(request.key, Math.min(reply.waitMs, leftMs));
      if (!hasWaited) return reply;
    }
  }

  async settle(request: SettleRequest): Promise<SettleReply> {
    const unsound = this.#unsound(problemOfMessage(request));
    if (unsound !== null) return unsound;
    const reply = await this.#commits.run(() => settle(this.#store, this.now(), request), recordsCharacters(request));
    if (reply.kind === "ok" && request.keyed !== undefined && "answer" in request.keyed) this.#waiters.wake(request.keyed.key);
    return reply;
  }

  async finish(request: FinishRequest): Promise<FinishReply | Unsound> {
    const unsound = this.#unsound(problemOfFinish(request));
    if (unsound !== null) return unsound;
    const reply = await this.#commits.run(() => finish(this.#store, request), alertsCharacters(request.alerts));
    this.#waiters.wake(request.key);
    return reply;
  }

  async voidAll(request: VoidRequest): Promise<VoidReply> {
    const unsound = this.#unsound(problemOfMessage(request));
    if (unsound !== null) return unsound;
    return this.#commits.run(() => voidAll(this.#store, this.now(), request), recordsCharacters(request));
  }

  async hold(request: HoldRequest): Promise<HoldReply | Unsound> {
    const unsound = this.#unsound(problemOfHold(request));
    if (unsound !== null) return unsound;
    return this.#commits.run(() => hold(this.#store, this.now(), request));
  }

  async settleHold(request: SettleHoldRequest): Promise<SettleHoldReply> {
    const message = { begunAtMs: this.now(), events: [request.event] };
    const unsound = this.#unsound(problemOfMessage(message));
    if (unsound !== null) return unsound;
    return this.#commits.run(() => settleHold(this.#store, this.now(), request), recordsCharacters(message));
  }

  async grant(request: GrantRequest): Promise<GrantReply> {
    return this.#commits.run(() => grant(this.#store, this.now(), request));
  }

  async reverse(request: ReversalRequest): Promise<ReversalReply> {
    return this.#commits.run(() => reverse(this.#store, this.now(), request));
  }

  /** No repetition gets this answer again; the key stays used, so that none is charged again either. */
  async forgetAnswer(key: string): Promise<void> {
    await this.#commits.run(() => forgetAnswer(this.#store, key));
  }

  async balance(): Promise<DeskBalance> {
    const totals = this.#store.totals();
    const heldMicros = this.#store.heldMicros();
    return { ...totals, heldMicros, leftMicros: availableMicros(totals, heldMicros) };
  }

  /** Carries to D1 what was committed before this call, so that the caller then reads what it just did. */
  async flush(): Promise<{ isCurrent: boolean }> {
    const { lastSeq } = this.#store;
    while (this.#outbox.state.flushed_seq < lastSeq) {
      if (!(await this.#flushNext())) return { isCurrent: false };
    }
    return { isCurrent: true };
  }

  /**
   * Ends a month that is over, once: what was committed in it goes to D1 first, so that its statements miss nothing.
   * @returns null while D1 does not take it.
   */
  async close(month: Month): Promise<DeskClosing | null> {
    for (let tries = 0; tries < CLOSE_TRIES; tries++) {
      if (!this.#outbox.isBehind(month)) return this.#outbox.close(month);
      if (!(await this.flush()).isCurrent) return null;
    }
    return null;
  }

  async inspect(): Promise<DeskInspection> {
    const { account_sid, flushed_seq, flushed_events, flush_failures, flush_tried_at, flush_error } = this.#outbox.state;
    return {
      accountSid: account_sid,
      balance: await this.balance(),
      pendingEvents: this.#store.totals().events - flushed_events,
      pendingSinceMs: this.#agenda.pendingSinceMs,
      flushedSeq: flushed_seq,
      flushFailures: flush_failures,
      flushTriedAtMs: flush_tried_at,
      flushError: flush_error,
    };
  }

  override async alarm(): Promise<void> {
    this.#armedAtMs = Infinity;
    try {
      const nowMs = this.now();
      const due = dueTimes(this.#agenda);
      if (due.flushAtMs <= nowMs) await this.#flushSome();
      if (due.forgetAtMs <= nowMs) this.#store.forget(nowMs);
      if (due.expireAtMs <= nowMs) this.#store.expireClaims(nowMs);
      this.#agenda = this.#readAgenda();
      this.#arm();
    } catch (error) {
      log({ event: "desk_alarm_failed", account_sid: this.#outbox.state.account_sid, ...errorOf(error) });
      this.#armAt(this.now() + ALARM_RETRY_MS);
    }
  }

  /** A reply, not an error: what is thrown is a lost reply to its caller, who would send the same message again. */
  #unsound(problem: string | null): Unsound | null {
    if (problem === null) return null;
    log({ event: "desk_message_unsound", account_sid: this.#outbox.state.account_sid, problem });
    return { kind: "unsound", problem };
  }

  #commit(): void {
    const nowMs = this.now();
    if (this.#store.commit(nowMs)) this.#agenda.pendingSinceMs ??= nowMs;
    // A claim's own end is a day away: every earlier alarm, and each construction, looks up the true one.
    else this.#agenda.claimExpiresAtMs ??= nowMs + IDEMPOTENCY_TTL_MS;
    this.#arm();
  }

  async #flushSome(): Promise<void> {
    for (let count = 0; count < FLUSHES_PER_ALARM; count++) {
      if (this.#outbox.pendingSince() === null || !(await this.#flushNext())) return;
    }
  }

  /** One flush at a time; whoever asks meanwhile waits for that one. */
  #flushNext(): Promise<boolean> {
    this.#flushing ??= this.#sendNext().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  /** @returns whether D1 took it. */
  async #sendNext(): Promise<boolean> {
    try {
      const flush = this.#outbox.next();
      if (flush === null) return true;
      // Its range must be on disk before D1 may have it.
      await this.ctx.storage.sync();
      await writeFlush(this.env.DB, flush);
      this.#outbox.arrived(flush, this.now());
      return true;
    } catch (error) {
      this.#outbox.failed(messageOf(error), this.now());
      const { account_sid, flush_failures, flush_error } = this.#outbox.state;
      log({ event: "desk_flush_failed", account_sid, failures: flush_failures, error: flush_error });
      return false;
    } finally {
      this.#agenda = this.#readAgenda();
      this.#arm();
    }
  }

  #readAgenda(): DeskAgenda {
    const { flush_failures, flush_tried_at } = this.#outbox.state;
    return {
      pendingSinceMs: this.#outbox.pendingSince(),
      flushFailures: flush_failures,
      flushTriedAtMs: flush_tried_at,
      keptSinceMs: this.#store.keptSince(),
      claimExpiresAtMs: this.#store.nextClaimExpiry(),
    };
  }

  #arm(): void {
    const dueAtMs = earliest(dueTimes(this.#agenda));
    if (dueAtMs < this.#armedAtMs) this.#armAt(dueAtMs);
  }

  /** Not awaited: it is on disk together with what made it due, and the platform holds the replies until then. */
  #armAt(dueAtMs: number): void {
    this.#armedAtMs = dueAtMs;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(dueAtMs));
  }
}

/** What SQLite and D1 say names tables and columns; only a JSON parser quotes what it has read. */
function messageOf(error: unknown): string {
  if (error instanceof SyntaxError) return "a segment is not JSON";
  return error instanceof Error ? error.message : typeof error;
}
