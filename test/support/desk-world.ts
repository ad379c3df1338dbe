import { begin, finish as finishRun } from "../../src/domain/billing/claim.ts";
import { grant } from "../../src/domain/billing/credit.ts";
import { type DeskStore, settle, voidAll } from "../../src/domain/billing/desk.ts";
import { hold as holdCredit, settleHold } from "../../src/domain/billing/hold.ts";
import { CLAIM_WAIT_MS } from "../../src/domain/billing/desk-times.ts";
import type { Desk, HoldingDesk } from "../../src/invocation/desk.ts";
import type { Clock } from "../../src/invocation/ports.ts";
import { GroupCommit } from "../../src/objects/group-commit.ts";
import { reverse } from "../../src/domain/billing/reversal.ts";
import { type BooksSabotage, DeskBooks, type Reversible } from "./desk-books.ts";
import { type Disk, emptyDisk, MapDeskStore } from "./map-desk-store.ts";

/** What is broken on purpose, to see the model notice it. */
export type Sabotage = {
  store?: (store: DeskStore) => Partial<DeskStore>;
  /** Replies leave before what was written is on disk. */
  hasNoOutputGate?: boolean;
  /** Late messages are taken for new ones. */
  hasNoAge?: boolean;
  books?: BooksSabotage;
};

/** An isolate at work on one request. A dead one neither sends nor hears anything any more. */
export type Process = { id: number; isDead: boolean };

type Message = {
  process: Process;
  /** The desk's work, in the desk of the moment. */
  work: (store: DeskStore) => unknown;
  resolve: (reply: unknown) => void;
  reject: (error: Error) => void;
  hasWaited: boolean;
  isEchoed: boolean;
};
type Timer = { atMs: number; process: Process; callback: () => void };

class OverloadedError extends Error {
  readonly overloaded = true;
}

/**
 * A desk, the network to it, and time, in which nothing happens by itself: each step is taken by whoever drives the world. The decisions
 * and the group commit are the real ones; disk, network and clock are these.
 */
export class DeskWorld {
  /** Shortly before a month ends. */
  nowMs = Date.UTC(2023, 10, 30, 23, 59, 30);
  disk: Disk = emptyDisk;
  /** On their way to the desk; copies that arrive once more; replies on their way back. */
  requests: Message[] = [];
  echoes: Message[] = [];
  replies: { message: Message; reply: unknown }[] = [];
  timers: Timer[] = [];
  readonly books: DeskBooks;
  readonly #sabotage: Sabotage;
  readonly #onCommit: (disk: Disk) => void;
  #inDesk = new Set<Message>();
  #incarnation = 0;
  #store: DeskStore = new MapDeskStore();
  #commits: GroupCommit;
  #syncing: { image: Disk; done: Promise<void>; finish: () => void } | null = null;

  constructor(sabotage: Sabotage, onCommit: (disk: Disk) => void) {
    this.#sabotage = sabotage;
    this.books = new DeskBooks(sabotage.books ?? {});
    this.#onCommit = onCommit;
    this.#commits = this.#startDesk();
  }

  clockOf(process: Process, random: () => number): Clock {
    return {
      nowMs: () => this.nowMs,
      random,
      after: (delayMs, callback) => {
        const timer = { atMs: this.nowMs + delayMs, process, callback };
        this.timers.push(timer);
        return () => this.#drop(this.timers, timer);
      },
    };
  }

  deskOf(process: Process): Desk & HoldingDesk {
    return {
      hold: (request) => this.#send(process, (store) => holdCredit(store, this.nowMs, request)),
      settleHold: (request) => this.#send(process, (store) => settleHold(store, this.nowMs, request)),
      begin: (request) => this.#send(process, (store) => begin(store, this.nowMs, request)),
      settle: (request) => this.#send(process, (store) => settle(store, this.nowMs, this.#aged(request))),
      finish: (request) => this.#send(process, (store) => finishRun(store, request)),
      voidAll: (request) => this.#send(process, (store) => voidAll(store, this.nowMs, this.#aged(request))),
    };
  }

  #aged<R extends { begunAtMs: number }>(request: R): R {
    return this.#sabotage.hasNoAge === true ? { ...request, begunAtMs: this.nowMs } : request;
  }

  grant(process: Process, key: string, micros: number): Promise<unknown> {
    return this.#send(process, (store) => grant(store, this.nowMs, { key, sid: `CR${key}`, micros, reason: "test" }));
  }

  reverse(process: Process, { reverses, xrs }: Reversible, readAtMs: number): Promise<unknown> {
    return this.#send(process, (store) => reverse(store, this.nowMs, { reverses, xrs, readAtMs: this.#sabotage.hasNoAge === true ? this.nowMs : readAtMs, reason: "test" }));
  }

  #send<T>(process: Process, work: (store: DeskStore) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!process.isDead) this.requests.push({ process, work, resolve: resolve as (reply: unknown) => void, reject, hasWaited: false, isEchoed: false });
    });
  }

  deliver(message: Message): void {
    this.#drop(this.requests, message);
    this.#drop(this.echoes, message);
    this.#inDesk.add(message);
    void this.#handle(message, this.#incarnation);
  }

  async #handle(message: Message, incarnation: number): Promise<void> {
    const reply = await this.#commits.run(() => message.work(this.#store));
    // The platform's output gate: no reply leaves before what was written is on disk.
    if (this.#sabotage.hasNoOutputGate !== true) await this.#syncing?.done;
    if (incarnation !== this.#incarnation) return;
    this.#inDesk.delete(message);
    if (isWait(reply) && !message.hasWaited) {
      message.hasWaited = true;
      const again = () => this.deliver(message);
      this.timers.push({ atMs: this.nowMs + Math.min(reply.waitMs, CLAIM_WAIT_MS), process: message.process, callback: again });
      return;
    }
    this.replies.push({ message, reply });
  }

  /** The same message arrives once more, some time. */
  echo(message: Message): void {
    message.isEchoed = true;
    this.echoes.push({ ...message, resolve: () => {}, reject: () => {} });
  }

  lose(message: Message, how: "error" | "silence" | "overloaded"): void {
    this.#drop(this.requests, message);
    if (how === "silence") return;
    // A desk that turns a message away has not had it.
    const isTurnedAway = how === "overloaded" && !message.isEchoed;
    this.#fail(message, isTurnedAway ? new OverloadedError("too many") : new Error("connection lost"));
  }

  answer(envelope: { message: Message; reply: unknown }): void {
    this.#drop(this.replies, envelope);
    if (!envelope.message.process.isDead) envelope.message.resolve(envelope.reply);
  }

  loseReply(envelope: { message: Message; reply: unknown }, how: "error" | "silence"): void {
    this.#drop(this.replies, envelope);
    if (how === "error") this.#fail(envelope.message, new Error("connection lost"));
  }

  #fail(message: Message, error: Error): void {
    if (!message.process.isDead) message.reject(error);
  }

  get isSyncing(): boolean {
    return this.#syncing !== null;
  }

  finishSync(): void {
    const syncing = this.#syncing;
    if (syncing === null) return;
    this.#syncing = null;
    this.disk = syncing.image;
    syncing.finish();
  }

  /** The desk's memory is gone. What was being written is on disk or not; who waits for a reply hears that it broke. */
  crash(isWritten: boolean): void {
    if (this.#syncing !== null && isWritten) this.disk = this.#syncing.image;
    this.#syncing = null;
    this.#incarnation += 1;
    this.#commits = this.#startDesk();
    for (const message of this.#inDesk) this.#fail(message, new Error("object reset"));
    this.#inDesk.clear();
  }

  #startDesk(): GroupCommit {
    const incarnation = this.#incarnation;
    const store = new MapDeskStore(this.disk, this.nowMs);
    this.#store = sabotaged(store, this.#sabotage.store?.(store) ?? {});
    let image = this.disk;
    return new GroupCommit({
      commit: () => {
        image = store.commit(this.nowMs);
        this.#onCommit(image);
      },
      sync: () => {
        const { promise: done, resolve: finish } = Promise.withResolvers<void>();
        if (incarnation === this.#incarnation) this.#syncing = { image, done, finish };
        return done;
      },
      abort: (error) => {
        throw error;
      },
      maxChars: 10_000,
    });
  }

  kill(process: Process): void {
    process.isDead = true;
    this.timers = this.timers.filter((timer) => timer.process !== process);
  }

  /** Time goes on to the next timer, which strikes. */
  strike(): void {
    const next = this.timers.reduce<Timer | undefined>((first, timer) => (first === undefined || timer.atMs < first.atMs ? timer : first), undefined);
    if (next === undefined) return;
    this.#drop(this.timers, next);
    this.nowMs = Math.max(this.nowMs, next.atMs);
    next.callback();
  }

  #drop<T>(list: T[], element: T): void {
    const index = list.indexOf(element);
    if (index >= 0) list.splice(index, 1);
  }
}

function sabotaged(store: DeskStore, broken: Partial<DeskStore>): DeskStore {
  return {
    totals: () => store.totals(),
    setTotals: (totals) => store.setTotals(totals),
    recorded: (xr) => store.recorded(xr),
    record: (event, nowMs) => store.record(event, nowMs),
    recordVoid: (event, chargedMicros, nowMs) => store.recordVoid(event, chargedMicros, nowMs),
    rememberFree: (xr, nowMs) => store.rememberFree(xr, nowMs),
    claim: (key) => store.claim(key),
    keepClaim: (claim) => store.keepClaim(claim),
    keepAnswer: (key, answer) => store.keepAnswer(key, answer),
    keepProgress: (key, progress) => store.keepProgress(key, progress),
    keepAlert: (alert) => store.keepAlert(alert),
    claimsBytes: () => store.claimsBytes(),
    nextClaimExpiry: () => store.nextClaimExpiry(),
    reversal: (transactionId) => store.reversal(transactionId),
    keepReversal: (reversal) => store.keepReversal(reversal),
    hold: (xr) => store.hold(xr),
    keepHold: (hold) => store.keepHold(hold),
    heldMicros: () => store.heldMicros(),
    accountSid: () => store.accountSid(),
    spentToday: (installSid, day) => store.spentToday(installSid, day),
    addSpentToday: (installSid, day, micros) => store.addSpentToday(installSid, day, micros),
    creditAlert: () => store.creditAlert(),
    setCreditAlert: (alert) => store.setCreditAlert(alert),
    grant: (key) => store.grant(key),
    keepGrant: (granted) => store.keepGrant(granted),
    ...broken,
  };
}

function isWait(reply: unknown): reply is { kind: "wait"; waitMs: number } {
  return typeof reply === "object" && reply !== null && "kind" in reply && reply.kind === "wait";
}
