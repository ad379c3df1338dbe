import { expect, test } from "vitest";
import type { AddOnOutcome } from "../../src/domain/response/outcome.ts";
import { runAddOns, type RunPorts } from "../../src/invocation/run-add-ons.ts";
import { jumpingClock, scriptedDesk } from "../support/scripted-desk.ts";

const unexpected = () => {
  throw new Error("nothing was to be run");
};

type Ended = { names: string[]; settlement: string };

function portsWith(desk: RunPorts["desk"], ended: Ended[] = []): RunPorts {
  return {
    ...jumpingClock(),
    desk,
    publisher: { send: unexpected },
    balances: new Map(),
    reachedCaps: new Map(),
    randomBytes: (count) => new Uint8Array(count),
    report: unexpected,
    ended: (outcomes: readonly AddOnOutcome[], settlement) => ended.push({ names: outcomes.map(({ record }) => record.unique_name), settlement }),
  };
}

const request = { accountSid: "AC1", integrationPoint: "lookup" as const, addOns: new Map([["anagrams", null]]), content: new Map(), runtimeData: new Map(), number: null };

test("a request whose key the desk has no room for is told so, and nothing is run or settled", async () => {
  const { desk, settles } = scriptedDesk({ begin: [{ kind: "full", waitMs: 60_000 }] });
  const idempotency = { key: "k", print: "p", seal: unexpected, open: unexpected };
  expect(await runAddOns({ ...request, render: unexpected, idempotency }, portsWith({ ...desk, balance: unexpected }))).toEqual({ kind: "full", waitMs: 60_000 });
  expect(settles).toEqual([]);
});

test("every run's invocations are logged once, with what became of their settlement", async () => {
  const ended: Ended[] = [];
  for (const settle of ["overloaded" as const, { kind: "ok" as const, leftMicros: 5 }]) {
    const { desk } = scriptedDesk({ settle: [settle] });
    await runAddOns({ ...request, render: () => "answer" }, portsWith({ ...desk, balance: unexpected }, ended));
  }
  expect(ended).toEqual([
    { names: ["anagrams"], settlement: "failed" },
    { names: ["anagrams"], settlement: "settled" },
  ]);
});
