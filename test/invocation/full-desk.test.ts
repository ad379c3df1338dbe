import { expect, test } from "vitest";
import { runAddOns } from "../../src/invocation/run-add-ons.ts";
import { jumpingClock, scriptedDesk } from "../support/scripted-desk.ts";

const unexpected = () => {
  throw new Error("nothing was to be run");
};

test("a request whose key the desk has no room for is told so, and nothing is run or settled", async () => {
  const { desk, settles } = scriptedDesk({ begin: [{ kind: "full", waitMs: 60_000 }] });
  const idempotency = { key: "k", print: "p", seal: unexpected, open: unexpected };
  const request = { accountSid: "AC1", integrationPoint: "lookup" as const, addOns: new Map([["anagrams", null]]), content: new Map(), runtimeData: new Map(), number: null, render: unexpected, idempotency };
  const ports = { ...jumpingClock(), desk: { ...desk, balance: unexpected }, publisher: { send: unexpected }, balances: new Map(), randomBytes: (count: number) => new Uint8Array(count), report: unexpected };
  expect(await runAddOns(request, ports)).toEqual({ kind: "full", waitMs: 60_000 });
  expect(settles).toEqual([]);
});
