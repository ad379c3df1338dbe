import { INCOMING_CLAIM_MS } from "../../src/domain/limits.ts";
import { beginRequest } from "../../src/invocation/begin.ts";
import { reachDesk } from "../../src/invocation/desk.ts";
import { finishRequest } from "../../src/invocation/finish.ts";
import { settleRequest, type Settlement } from "../../src/invocation/settle.ts";
import type { AddOnOutcome } from "../../src/domain/response/outcome.ts";
import type { DeskWorld, Process } from "./desk-world.ts";
import { cancelRecording, newRecording, workOn, type ModelRecording } from "./desk-recordings.ts";
import { outcomeOf } from "./invocation-records.ts";

/** A key that begins like this is a message's: its request calls a webhook with what it has settled, before it ends. */
export const DELIVERY = "message-";

/** A key that begins like this is a recording's, whose credit is held until its publisher has called back. */
export const RECORDING = "recording-";

/** What a client asks for: with a key it may ask again, and then wants the same answer. */
export type Plan = { key: string | null; print: string; pricesMicros: number[] };

/** The answer of a request as a client can read it. */
export type AnswerText = { print: string; seed: string; by: number; results: { xr: string; status: string; priceMicros: number }[] };

export type Received = { process: Process; plan: Plan } & (
  /** Also what a webhook was called with: it is to hear the same however often it is called. */
  | { kind: "answer"; text: string; isReplay: boolean }
  | { kind: "webhook_failed" }
  /** The envelope is 61000. */
  | { kind: "failed"; xrs: string[] }
  | { kind: "unavailable" }
  | { kind: "conflict" }
  | { kind: "full" }
);

/** The gateway's processes, one for each request, running the real use cases, and what their clients received. */
export class DeskClients {
  readonly processes: Process[] = [];
  readonly received: Received[] = [];
  /** Processes that have not ended: they may still be voiding after their answer. */
  readonly running = new Set<Process>();
  /** Which process asked for an invocation; with a key, the last that did. */
  readonly askedBy = new Map<string, Process>();
  /** What the gateway itself reported as possibly charged although it failed. */
  readonly undelivered = new Set<string>();
  readonly #world: DeskWorld;
  readonly #random: () => number;
  #seals = 0;
  /** By their keys. */
  readonly recordings = new Map<string, ModelRecording>();

  constructor(world: DeskWorld, random: () => number) {
    this.#world = world;
    this.#random = random;
  }

  start(plan: Plan): void {
    const process = this.#spawn();
    const background: Promise<void>[] = [];
    void this.#serve(plan, process, background)
      .then(() => Promise.all(background))
      .then(() => this.running.delete(process));
  }

  topUp(micros: number): void {
    const process = this.#spawn();
    const clock = this.#world.clockOf(process, this.#random);
    const limits = { replyMs: 2_000, untilMs: Infinity };
    void reachDesk(() => this.#world.grant(process, `grant-${process.id}`, micros), clock, limits).then(() => this.running.delete(process));
  }

  /** The operator takes something back, and asks again until it is answered. */
  reverse(choice: number): void {
    const reversible = this.#world.books.reversible(this.#world.disk, choice);
    if (reversible === null) return;
    const process = this.#spawn();
    const clock = this.#world.clockOf(process, this.#random);
    const limits = { replyMs: 2_000, untilMs: Infinity };
    const readAtMs = this.#world.nowMs;
    void reachDesk(() => this.#world.reverse(process, reversible, readAtMs), clock, limits).then(() => this.running.delete(process));
  }

  kill(process: Process): void {
    this.running.delete(process);
    this.#world.kill(process);
  }

  #spawn(): Process {
    const process = { id: this.processes.length, isDead: false };
    this.processes.push(process);
    this.running.add(process);
    return process;
  }

  async #serve(plan: Plan, process: Process, background: Promise<void>[]): Promise<void> {
    const clock = this.#world.clockOf(process, this.#random);
    const desk = this.#world.deskOf(process);
    const work = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
    let seed = `unkeyed-${process.id}`;
    if (plan.key?.startsWith(RECORDING)) return this.#record({ ...plan, key: plan.key }, process);
    if (plan.key?.startsWith(DELIVERY)) return this.#deliver({ ...plan, key: plan.key }, process);
    if (plan.key !== null) {
      const begun = await beginRequest(desk, { key: plan.key, print: plan.print, seed: `seed-${process.id}` }, { clock });
      if (begun.kind === "replay") return this.#receive({ process, plan, kind: "answer", text: open(begun.sealed), isReplay: true });
      if (begun.kind !== "run") return this.#receive({ process, plan, kind: begun.kind });
      seed = begun.seed;
    }
    const outcomes = plan.pricesMicros.map((priceMicros, index) => this.#outcome(`${seed}/${index}`, priceMicros, process));
    await work(this.#random() * 2_000);
    const settlement: Settlement = { outcomes, render: (final) => render(plan, seed, process, final) };
    if (plan.key !== null) settlement.keyed = { key: plan.key, seed, seal: async (text) => this.#seal(text), goesOn: false };
    const settled = await settleRequest(desk, settlement, {
      clock,
      afterAnswer: (promise) => void background.push(promise),
      reportUndelivered: (xrs) => xrs.forEach((xr) => this.undelivered.add(xr)),
    });
    // A process may die between the desk's reply and its answer.
    await work(1);
    const xrs = outcomes.map(({ record }) => record.request_sid);
    if (settled.kind === "settled") this.#receive({ process, plan, kind: "answer", text: settled.answer, isReplay: false });
    else if (settled.kind === "replay" || settled.kind === "resume") this.#receive({ process, plan, kind: "answer", text: open(settled.sealed), isReplay: true });
    else this.#receive({ process, plan, kind: settled.kind, xrs });
  }

  /** Its object's alarm rings for what nobody works on any more. */
  resume(): boolean {
    const left = [...this.recordings].filter(([, { isDone }]) => !isDone);
    for (const [key] of left) this.start({ key, print: "", pricesMicros: [] });
    return left.length > 0;
  }

  async #record({ key, pricesMicros }: Plan & { key: string }, process: Process): Promise<void> {
    const clock = this.#world.clockOf(process, this.#random);
    const recording = this.recordings.get(key) ?? newRecording(key, pricesMicros[0] ?? 0);
    this.recordings.set(key, recording);
    // Deleted now and then, also while another process settles it.
    if (this.#random() < 0.2) void clock.after(this.#random() * 10_000, () => cancelRecording(recording));
    await workOn(recording, { desk: this.#world.deskOf(process), clock });
  }

  /** As `deliverIncoming` does it. The webhook fails one time in three, and answers with what it was told. */
  async #deliver(plan: Plan & { key: string }, process: Process): Promise<void> {
    const clock = this.#world.clockOf(process, this.#random);
    const desk = this.#world.deskOf(process);
    const work = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
    const { key } = plan;
    const holder = `seed-${process.id}`;
    const begun = await beginRequest(desk, { key, print: plan.print, seed: holder, claimMs: INCOMING_CLAIM_MS }, { clock });
    if (begun.kind === "replay") return this.#receive({ process, plan, kind: "answer", text: open(begun.sealed), isReplay: true });
    if (begun.kind !== "run") return this.#receive({ process, plan, kind: begun.kind });
    const { seed } = begun;
    let text = begun.progress && open(begun.progress);
    if (text === undefined) {
      const outcomes = plan.pricesMicros.map((priceMicros, index) => this.#outcome(`${seed}/${index}`, priceMicros, process));
      await work(this.#random() * 2_000);
      const keyed = { key, seed, seal: async (answer: string) => this.#seal(answer), goesOn: true };
      const settled = await settleRequest(desk, { outcomes, render: (final) => render(plan, seed, process, final), keyed }, { clock, afterAnswer: neverVoided, reportUndelivered: neverVoided });
      if (settled.kind === "replay") return this.#receive({ process, plan, kind: "answer", text: open(settled.sealed), isReplay: true });
      if (settled.kind === "unavailable") return this.#receive({ process, plan, kind: "unavailable" });
      if (settled.kind === "failed") throw new Error("the desk could not take a message");
      text = settled.kind === "settled" ? settled.answer : open(settled.sealed);
    }
    this.#receive({ process, plan, kind: "answer", text, isReplay: false });
    await work(this.#random() * 15_000);
    const isFailed = this.#random() < 1 / 3;
    const finished = await finishRequest(desk, { key, seed, holder, answer: isFailed ? null : this.#seal(text), alerts: [] }, { clock });
    if (finished.kind === "replay") this.#receive({ process, plan, kind: "answer", text: open(finished.sealed), isReplay: true });
    else if (isFailed) this.#receive({ process, plan, kind: "webhook_failed" });
    else this.#receive({ process, plan, kind: "answer", text, isReplay: false });
  }

  /** A publisher's answer differs from run to run: it fails one time in four. */
  #outcome(requestSid: string, priceMicros: number, process: Process): AddOnOutcome {
    this.askedBy.set(requestSid, process);
    const isFailed = this.#random() < 0.25;
    return outcomeOf({ request_sid: requestSid, price_micros: isFailed ? 0 : priceMicros, status: isFailed ? "failed" : "successful" });
  }

  /** Like encryption: two seals of one text are not the same bytes. */
  #seal(text: string): Uint8Array {
    this.#seals += 1;
    return new TextEncoder().encode(`${this.#seals}#${text}`);
  }

  #receive(received: Received): void {
    this.received.push(received);
  }
}

function neverVoided(): never {
  throw new Error("what has a key is never voided");
}

export function open(sealed: Uint8Array): string {
  return new TextDecoder().decode(sealed).replace(/^\d+#/, "");
}

function render(plan: Plan, seed: string, process: Process, outcomes: readonly AddOnOutcome[]): string {
  const results = outcomes.map(({ record }) => ({ xr: record.request_sid, status: record.status, priceMicros: record.price_micros }));
  return JSON.stringify({ print: plan.print, seed, by: process.id, results } satisfies AnswerText);
}
