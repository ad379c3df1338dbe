import type { BeginRequest } from "../domain/billing/claim.ts";
import type { IntegrationPoint } from "../domain/catalog/add-on-type.ts";
import type { InstalledAddOn, UnusableAddOn } from "../domain/catalog/install.ts";
import type { Content } from "../domain/request/fields.ts";
import type { AddOnCall, AddOnOutcome } from "../domain/response/outcome.ts";
import { requestSid, requestSidFromSeed, seedOf } from "../domain/sid.ts";
import { beginRequest } from "./begin.ts";
import { creditFor, rememberCaps, type LastBalances, type ReachedCaps } from "./credit.ts";
import type { Desk } from "./desk.ts";
import { invokeAddOn } from "./invoke-add-on.ts";
import { invokeAddOns } from "./invoke-add-ons.ts";
import type { InvocationPorts } from "./ports.ts";
import { settleRequest, type Settled, type SettlePorts } from "./settle.ts";

/** What a request runs add-ons on: a Lookup's number, a message, a call. */
export type AddOnsRequest = {
  accountSid: string;
  integrationPoint: IntegrationPoint;
  /** By the name that was asked for; null where nothing is installed. */
  addOns: ReadonlyMap<string, InstalledAddOn | UnusableAddOn | null>;
  content: Content;
  runtimeData: ReadonlyMap<string, ReadonlyMap<string, string>>;
  number: AddOnCall["number"];
  /** The whole answer for these outcomes. */
  render(outcomes: readonly AddOnOutcome[]): string;
  idempotency?: Idempotency;
};

/** A request's idempotency key, as the desk is told of it, and how what the desk keeps is encrypted for it and back. */
export type Idempotency = Pick<BeginRequest, "key" | "print"> & { seal(answer: string): Promise<Uint8Array>; open(sealed: Uint8Array): Promise<string> };

export type AddOnsAnswer =
  | { kind: "answered"; text: string; isReplay: boolean }
  /** The idempotency key belongs to another request. */
  | { kind: "conflict" }
  /** The account has so many idempotent answers kept that it can have no further one for so long. Nothing was run. */
  | { kind: "full"; waitMs: number }
  /** Nothing could be settled, so nothing is answered as done: the envelope is 61000. */
  | { kind: "failed"; overloaded: boolean }
  /** It may be settled or not, and the key finds out. */
  | { kind: "unavailable" };

export type RunPorts = Omit<InvocationPorts, "credit"> &
  SettlePorts & {
    desk: Desk & { balance(): Promise<{ leftMicros: number }> };
    balances: LastBalances;
    reachedCaps: ReachedCaps;
    randomBytes(count: number): Uint8Array<ArrayBuffer>;
    /** Logs how each invocation of a run ended, and whether that was settled: what was not is in no database. */
    ended(outcomes: readonly AddOnOutcome[], settlement: Settled["kind"]): void;
  };

/** Fresh randomness with which a run begins: the request SIDs of a keyed request are derived from its first run's. */
export const newSeed = (ports: Pick<RunPorts, "clock" | "randomBytes">): string => seedOf(ports.clock.nowMs(), ports.randomBytes(12));

/** Claims the key if there is one, runs the add-ons, settles what they came to, and only then hands out the answer. */
export async function runAddOns(request: AddOnsRequest, ports: RunPorts): Promise<AddOnsAnswer> {
  const { idempotency } = request;
  if (idempotency === undefined) return answerOf(await runAndSettle(request, null, ports), undefined);
  const { key, print } = idempotency;
  const begun = await beginRequest(ports.desk, { key, print, seed: newSeed(ports) }, ports);
  if (begun.kind === "replay") return { kind: "answered", text: await idempotency.open(begun.sealed), isReplay: true };
  if (begun.kind === "unavailable") return { kind: "unavailable" };
  if (begun.kind !== "run") return begun;
  return answerOf(await runAndSettle(request, { seed: begun.seed, goesOn: false }, ports), idempotency);
}

async function answerOf(settled: Settled, idempotency: Idempotency | undefined): Promise<AddOnsAnswer> {
  if (settled.kind === "settled") return { kind: "answered", text: settled.answer, isReplay: false };
  if (settled.kind !== "replay" && settled.kind !== "resume") return settled;
  return { kind: "answered", text: (await idempotency?.open(settled.sealed)) ?? "", isReplay: true };
}

/**
 * Runs a request's add-ons and settles what they came to.
 * @param claim of the request's key, when it has one, and whether the request goes on after this.
 */
export async function runAndSettle(request: AddOnsRequest, claim: { seed: string; goesOn: boolean } | null, ports: RunPorts): Promise<Settled> {
  const { accountSid, idempotency, render } = request;
  const calls = await callsOf(request, claim?.seed ?? null, ports);
  const credit = await creditFor(accountSid, calls, ports);
  const invocationPorts = { ...ports, credit };
  const outcomes = await invokeAddOns(calls, (call, waitMs) => invokeAddOn(call, waitMs, invocationPorts), ports);

  const keyed = idempotency !== undefined && claim !== null ? { keyed: { key: idempotency.key, seal: idempotency.seal, ...claim } } : {};
  const settled = await settleRequest(ports.desk, { outcomes, render, ...keyed }, ports);
  ports.ended(settled.kind === "settled" ? settled.outcomes : outcomes, settled.kind);
  if (settled.kind === "settled") rememberCaps(settled.outcomes, ports.reachedCaps);
  if (settled.kind === "settled" && settled.leftMicros !== null) ports.balances.set(accountSid, settled.leftMicros);
  return settled;
}

/** @param seed of the request's key, when it has one. */
export async function callsOf(request: AddOnsRequest, seed: string | null, ports: Pick<RunPorts, "clock" | "randomBytes">): Promise<AddOnCall[]> {
  const { accountSid, integrationPoint, content, number } = request;
  const none: ReadonlyMap<string, string> = new Map();
  return Promise.all(
    [...request.addOns].map(async ([uniqueName, installed]) => ({
      // A second run under the same key sends publishers the same request SIDs, which they treat as idempotency tokens.
      requestSid: seed === null ? requestSid(ports.clock.nowMs(), ports.randomBytes(12)) : await requestSidFromSeed(seed, uniqueName),
      accountSid,
      uniqueName,
      installed,
      integrationPoint,
      content,
      runtimeData: request.runtimeData.get(uniqueName) ?? none,
      number,
      idempotencyKey: request.idempotency?.key ?? null,
    })),
  );
}
