import { type Arbitrary, array, constantFrom, nat, record } from "fast-check";
import { DELIVERY, DeskClients, RECORDING, type Plan } from "./desk-clients.ts";
import { violationsAtEnd, violationOnDisk } from "./desk-invariants.ts";
import type { FlushEnd } from "./desk-books.ts";
import { DeskWorld, type Sabotage } from "./desk-world.ts";

/** A healed world comes to rest in far fewer. */
const STEPS_TO_REST = 5_000;

/** How often, by weight, something other than the ordinary course of things happens. Most worlds have some kinds of trouble only. */
const often = constantFrom(0, 0, 1, 4);
const weights = record({
  lostRequests: often,
  lostReplies: often,
  echoes: often,
  kills: often,
  crashes: often,
  leaps: often,
  topUps: often,
  reversals: often,
  flushes: constantFrom(0, 1, 4),
});

/** Everything that happens in a world: its requests, its credit, its troubles, and the choices that decide what happens next. */
export const scripts = record({
  plans: array(
    record({
      key: constantFrom(null, null, "k1", "k1", "k2", `${DELIVERY}1`, `${DELIVERY}1`, `${DELIVERY}2`, `${RECORDING}1`, `${RECORDING}1`, `${RECORDING}2`, `${RECORDING}3`),
      print: constantFrom("p1", "p1", "p1", "p2"),
      pricesMicros: array(constantFrom(0, 10, 10, 25), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  creditMicros: constantFrom(0, 20, 60, 1_000),
  troubles: weights,
  choices: array(nat(0xffffff), { minLength: 40, maxLength: 160, size: "max" }),
});

export type Script = typeof scripts extends Arbitrary<infer S> ? S : never;

/** @returns the promises that this world broke. */
export async function runWorld(script: Script, sabotage: Sabotage): Promise<string[]> {
  const broken: string[] = [];
  const note = (violation: string | null) => {
    if (violation !== null) broken.push(violation);
  };
  const world = new DeskWorld(sabotage, (disk) => note(violationOnDisk(disk)));
  const clients = new DeskClients(world, dice(script.choices.length));
  const waiting = [...script.plans];
  clients.topUp(script.creditMicros);
  for (const choice of script.choices) {
    choose(possibleSteps(world, clients, waiting, script.troubles, choice >>> 8), choice & 0xff);
    await everythingThatFollows();
  }
  note(await comeToRest(world, clients));
  closeTheBooks(world);
  return [...broken, ...violationsAtEnd(world.disk, clients), ...world.books.violationsAtEnd(world.disk).filter((violation) => violation !== null)];
}

/** Chance inside the processes: reproducible, and apart from the choices, so that shrinking those does not change it. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

/** Most arrive. */
const flushEnds: FlushEnd[] = ["arrives", "arrives", "arrives", "reply lost", "lost"];

type Step = { weight: number; take: () => void };

function choose(steps: Step[], choice: number): void {
  let left = choice % steps.reduce((sum, { weight }) => sum + weight, 0);
  for (const { weight, take } of steps) {
    left -= weight;
    if (left < 0) return take();
  }
}

function possibleSteps(world: DeskWorld, clients: DeskClients, waiting: Plan[], troubles: Script["troubles"], detail: number): Step[] {
  const { requests, replies, echoes, timers } = world;
  const one = <T>(weight: number, list: readonly T[], act: (element: T) => void): Step => {
    const element = list[detail % Math.max(1, list.length)];
    return element === undefined ? { weight: 0, take: () => {} } : { weight, take: () => act(element) };
  };
  const how = detail % 2 === 0 ? "error" : "silence";
  return [
    one(3, waiting, (plan) => {
      // A request with a key may be sent again at any time, also while the first is under way.
      if (plan.key === null || detail % 3 === 0) waiting.splice(waiting.indexOf(plan), 1);
      clients.start(plan);
    }),
    one(8, requests, (message) => world.deliver(message)),
    one(world.isSyncing ? 8 : 0, [world], () => world.finishSync()),
    one(8, replies, (envelope) => world.answer(envelope)),
    one(4, timers, () => world.strike()),
    one(1, echoes, (message) => world.deliver(message)),
    one(troubles.echoes, requests, (message) => world.echo(message)),
    one(2 * troubles.lostRequests, requests, (message) => world.lose(message, detail % 5 === 0 ? "overloaded" : how)),
    one(2 * troubles.lostReplies, replies, (envelope) => world.loseReply(envelope, how)),
    one(troubles.kills, [...clients.running], (process) => clients.kill(process)),
    one(troubles.crashes, [world], () => world.crash(detail % 2 === 0)),
    one(troubles.topUps, [clients], () => clients.topUp(detail % 40)),
    one(troubles.reversals, [clients], () => clients.reverse(detail)),
    one(troubles.flushes, [world], () => world.books.flush(world.disk, detail % 7, flushEnds[detail % flushEnds.length] ?? "arrives")),
    one(troubles.flushes > 0 ? 1 : 0, [world], () => world.books.close(world.disk, world.nowMs)),
    one(troubles.leaps, [world], () => {
      world.nowMs += detail % 70_000;
    }),
    // There is always something that can happen, if only the passing of a millisecond.
    one(1, [world], () => {
      world.nowMs += 1;
    }),
  ];
}

/** All is flushed, and two months pass. */
function closeTheBooks({ books, disk, nowMs }: DeskWorld): void {
  for (let flushes = 0; flushes < disk.segments.length; flushes++) books.flush(disk, disk.segments.length, "arrives");
  for (let months = 0; months < 3; months++) books.close(disk, nowMs + 70 * 24 * 3_600_000);
}

/** Nothing is lost any more, and all that is under way ends; then the last echoes arrive. */
async function comeToRest(world: DeskWorld, clients: DeskClients): Promise<string | null> {
  for (let step = 0; step < STEPS_TO_REST; step++) {
    const [request] = world.requests;
    const [reply] = world.replies;
    const [echo] = world.echoes;
    if (request !== undefined) world.deliver(request);
    else if (world.isSyncing) world.finishSync();
    else if (reply !== undefined) world.answer(reply);
    else if (world.timers.length > 0) world.strike();
    else if (echo !== undefined) world.deliver(echo);
    else if (clients.running.size > 0) return "a process waits for ever";
    else if (!clients.resume()) return null;
    await everythingThatFollows();
  }
  return "the world does not come to rest";
}

const everythingThatFollows = () => new Promise<void>((resolve) => setImmediate(resolve));
