import fc from "fast-check";
import { DeskClients, type Plan } from "./desk-clients.ts";
import { violationAtEnd, violationOnDisk } from "./desk-invariants.ts";
import { DeskWorld, type Sabotage } from "./desk-world.ts";

/** A healed world comes to rest in far fewer. */
const STEPS_TO_REST = 5_000;

/** Everything that happens in a world: its requests, its credit, and the choices that decide what happens next. */
export type Script = { plans: Plan[]; creditMicros: number; choices: number[] };

export const scripts: fc.Arbitrary<Script> = fc.record({
  plans: fc.array(
    fc.record({
      key: fc.constantFrom(null, null, "k1", "k1", "k2"),
      print: fc.constantFrom("p1", "p1", "p1", "p2"),
      pricesMicros: fc.array(fc.constantFrom(0, 10, 10, 25), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  creditMicros: fc.constantFrom(0, 20, 60, 1_000),
  choices: fc.array(fc.nat(0xffffff), { minLength: 20, maxLength: 160, size: "max" }),
});

/** @returns the promise that this world broke, null when it kept them all. */
export async function runWorld({ plans, creditMicros, choices }: Script, sabotage: Sabotage): Promise<string[]> {
  const broken: string[] = [];
  const note = (violation: string | null) => {
    if (violation !== null) broken.push(violation);
  };
  const world = new DeskWorld(sabotage, (disk) => note(violationOnDisk(disk)));
  let dice = choices.length;
  const random = () => {
    dice = (Math.imul(dice, 1_103_515_245) + 12_345) >>> 0;
    return dice / 2 ** 32;
  };
  const clients = new DeskClients(world, random);
  const waiting = [...plans];
  clients.topUp(creditMicros);
  for (const choice of choices) {
    const steps = possibleSteps(world, clients, waiting, choice >>> 8);
    steps[(choice & 0xff) % steps.length]?.();
    await everythingThatFollows();
  }
  note(await comeToRest(world, clients));
  note(violationAtEnd(world.disk, clients));
  return broken;
}

/** Likely steps stand in the list more than once. */
function possibleSteps(world: DeskWorld, clients: DeskClients, waiting: Plan[], detail: number): (() => void)[] {
  const pick = <T>(list: readonly T[], act: (element: T) => void, times: number): (() => void)[] => {
    const element = list[detail % Math.max(1, list.length)];
    return element === undefined ? [] : Array.from({ length: times }, () => () => act(element));
  };
  const how = detail % 2 === 0 ? "error" : "silence";
  return [
    ...pick(waiting, (plan) => {
      // A request with a key may be sent again at any time, also while the first is under way.
      if (plan.key === null || detail % 3 === 0) waiting.splice(waiting.indexOf(plan), 1);
      clients.start(plan);
    }, 2),
    ...pick(world.requests, (message) => world.deliver(message), 6),
    ...pick(world.requests, (message) => world.echo(message), 1),
    ...pick(world.requests, (message) => world.lose(message, detail % 5 === 0 ? "overloaded" : how), 1),
    ...pick(world.echoes, (message) => world.deliver(message), 1),
    ...(world.isSyncing ? Array.from({ length: 4 }, () => () => world.finishSync()) : []),
    ...pick(world.replies, (envelope) => world.answer(envelope), 5),
    ...pick(world.replies, (envelope) => world.loseReply(envelope, how), 2),
    ...(world.timers.length > 0 ? Array.from({ length: 4 }, () => () => world.strike()) : []),
    ...pick([...clients.running], (process) => clients.kill(process), 1),
    () => world.crash(detail % 2 === 0),
    () => clients.topUp(detail % 40),
    () => {
      world.nowMs += detail % 70_000;
    },
  ];
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
    else return clients.running.size === 0 ? null : "a process waits for ever";
    await everythingThatFollows();
  }
  return "the world does not come to rest";
}

const everythingThatFollows = () => new Promise<void>((resolve) => setImmediate(resolve));
