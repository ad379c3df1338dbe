import { expect, test } from "vitest";
import type { BeginReply } from "../../src/domain/billing/claim.ts";
import { beginRequest, type Begun } from "../../src/invocation/begin.ts";
import { jumpingClock, scriptedDesk, type Turn } from "../support/scripted-desk.ts";

const answer = Uint8Array.from([1, 2]);
const wait: BeginReply = { kind: "wait", waitMs: 20_000 };

test.each<[string, Turn<BeginReply>[], Begun]>([
  ["runs with the seed that the desk gives", [{ kind: "run", seed: "old" }], { kind: "run", seed: "old" }],
  ["asks again after a lost reply", ["lost", "silence", { kind: "run", seed: "s" }], { kind: "run", seed: "s" }],
  ["waits for another run's answer", [wait, wait, { kind: "replay", answer }], { kind: "replay", sealed: answer }],
  ["takes over from another run that died", [wait, { kind: "run", seed: "old" }], { kind: "run", seed: "old" }],
  ["is a conflict", [{ kind: "conflict" }], { kind: "conflict" }],
  ["is told, at once, that the desk has no room for its key", [{ kind: "full", waitMs: 60_000 }], { kind: "full", waitMs: 60_000 }],
  ["is unavailable when the desk cannot be reached", [], { kind: "unavailable", overloaded: false }],
  ["is unavailable at once when the desk is overloaded", ["overloaded"], { kind: "unavailable", overloaded: true }],
  ["is unavailable when the other run is not answered in all its time", Array.from({ length: 1_000 }, () => wait), { kind: "unavailable", overloaded: false }],
])("a request with an idempotency key %s", async (_name, begin, begun) => {
  const ports = jumpingClock();
  expect(await beginRequest(scriptedDesk({ begin }).desk, { key: "k", print: "p", seed: "s" }, ports)).toEqual(begun);
  expect(ports.elapsedMs()).toBeLessThan(45_000);
});
