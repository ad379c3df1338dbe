import { describe, expect, test } from "vitest";
import { begin, finish } from "../../src/domain/billing/claim.ts";
import { availableMicros, grant } from "../../src/domain/billing/credit.ts";
import { settle, voidAll } from "../../src/domain/billing/desk.ts";
import { compileVersion } from "../../src/domain/catalog/compiled-version.ts";
import { definitionSchema } from "../../src/domain/catalog/definition.ts";
import type { InstalledAddOn } from "../../src/domain/catalog/install.ts";
import { hmacKey } from "../../src/domain/request/signature.ts";
import { runAddOns, type AddOnsAnswer, type RunPorts } from "../../src/invocation/run-add-ons.ts";
import { MapDeskStore } from "../support/map-desk-store.ts";
import { jumpingClock } from "../support/scripted-desk.ts";

const ACCOUNT = "AC00000000000000000000000000000001";
const PRICE_MICROS = 100;

type Offer = { priceMicros: number; dailyCapMicros: number | null };

const CONTROLLED: Offer = { priceMicros: PRICE_MICROS, dailyCapMicros: 1_000_000_000 };
const FREE: Offer = { priceMicros: 0, dailyCapMicros: null };

const definition = (priceMicros: number) =>
  definitionSchema.parse({
    unique_name: "anagrams",
    friendly_name: "Anagrams",
    description: "Words that a number spells.",
    type: "phone_number",
    extensions: ["lookup"],
    request: { method: "POST", url: "https://publisher.example.com/", body_format: "form", body: { e164: "{{primary_address}}" } },
    pricing: { model: "per_use", unit_price: (priceMicros / 1e6).toFixed(6), currency: "USD" },
  });

async function installed(number: number, { priceMicros, dailyCapMicros }: Offer): Promise<InstalledAddOn> {
  return {
    sid: `XE${number}`,
    installSid: `XD${number}`,
    addOnSid: `XB${number}`,
    uniqueName: `anagrams_${number}`,
    configuration: {},
    enabledAt: new Set(["lookup"]),
    isAssigned: false,
    dailyCapMicros,
    version: compileVersion(`XC${number}`, definition(priceMicros)),
    sunsetAtMs: null,
    credentials: { type: "none" },
    publisher: { sid: "AC2", status: "active", signingKeys: { sha1: await hmacKey("SHA-1", "token"), sha256: await hmacKey("SHA-256", "token") } },
  };
}

/**
 * The same ports, which note each call that there is something to wait for, by its path: whatever a port is or will be called, what it
 * answers with a promise is not in this isolate.
 */
function noting<P extends object>(ports: P, calls: string[], path: readonly string[] = []): P {
  return new Proxy(ports, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      const at = [...path, String(name)];
      if (typeof value === "object" && value !== null) return noting(value, calls, at);
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, parameters);
        if (result instanceof Promise) calls.push(at.join("."));
        return result;
      };
    },
  });
}

/** An isolate that has just started, and the desk of an account with so much credit: its real decisions, without a network. */
function startIsolate(creditMicros: number) {
  const store = new MapDeskStore();
  const time = jumpingClock();
  const now = () => time.clock.nowMs();
  grant(store, now(), { key: "first", sid: "CR1", micros: creditMicros, reason: "test" });
  const ports: RunPorts = {
    ...time,
    desk: {
      begin: async (request) => begin(store, now(), request),
      settle: async (request) => settle(store, now(), request),
      finish: async (request) => finish(store, request),
      voidAll: async (request) => voidAll(store, now(), request),
      balance: async () => ({ leftMicros: availableMicros(store.totals(), store.heldMicros()) }),
    },
    publisher: { send: async () => ({ kind: "answered", status: 200, text: "{}", bytes: 2, mediaType: "application/json" }) },
    balances: new Map(),
    reachedCaps: new Map(),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    report: (_call, error) => {
      throw error;
    },
    ended: () => {},
  };
  return {
    spentMicros: () => store.totals().spentMicros,
    /** @returns the calls of one request, in their order. */
    async callsOf(addOnCount: number, offer: Offer, key?: string): Promise<string[]> {
      const calls: string[] = [];
      const addOns = await Promise.all(Array.from({ length: addOnCount }, (_, index) => installed(index, offer)));
      const request = {
        accountSid: ACCOUNT,
        integrationPoint: "lookup" as const,
        addOns: new Map(addOns.map((addOn) => [addOn.uniqueName, addOn])),
        content: new Map([["primary_address", "+18778894546"]]),
        runtimeData: new Map(),
        number: null,
        render: () => "answer",
        ...(key !== undefined && { idempotency: { key, print: "print", seal: async (text: string) => new TextEncoder().encode(text), open: async () => "answer" } }),
      };
      const answer: AddOnsAnswer = await runAddOns(request, noting(ports, calls));
      expect(answer).toMatchObject({ kind: "answered", text: "answer" });
      return calls;
    },
  };
}

const sends = (count: number): string[] => Array.from({ length: count }, () => "publisher.send");
const COMFORTABLE_MICROS = 1_000_000_000;

describe.each([1, 3, 5])("a request of %i add-ons with price, credit and daily cap", (addOnCount) => {
  const requestMicros = addOnCount * PRICE_MICROS;
  const bare = [...sends(addOnCount), "desk.settle"];

  test("waits for nothing that a free one does not wait for, while credit is comfortable", async () => {
    const [controlled, free] = [startIsolate(COMFORTABLE_MICROS), startIsolate(0)];
    await controlled.callsOf(addOnCount, CONTROLLED);
    await free.callsOf(addOnCount, FREE);
    expect(await controlled.callsOf(addOnCount, CONTROLLED)).toEqual(await free.callsOf(addOnCount, FREE));
    expect(await controlled.callsOf(addOnCount, CONTROLLED)).toEqual(bare);
    expect([controlled.spentMicros(), free.spentMicros()]).toEqual([3 * requestMicros, 0]);
  });

  test("asks for the balance first when the desk has said nothing here yet, and a free one never does", async () => {
    expect(await startIsolate(COMFORTABLE_MICROS).callsOf(addOnCount, CONTROLLED)).toEqual(["desk.balance", ...bare]);
    expect(await startIsolate(0).callsOf(addOnCount, FREE)).toEqual(bare);
  });

  test("asks for it again as soon as the desk's last answer leaves less than 100 times its price", async () => {
    const isolate = startIsolate(101 * requestMicros);
    await isolate.callsOf(addOnCount, CONTROLLED);
    // 100 times its price is left, then 99 times.
    expect(await isolate.callsOf(addOnCount, CONTROLLED)).toEqual(bare);
    expect(await isolate.callsOf(addOnCount, CONTROLLED)).toEqual(["desk.balance", ...bare]);
  });

  test("with an idempotency key claims it first, as a free one does; its repetition is one call", async () => {
    const [controlled, free] = [startIsolate(COMFORTABLE_MICROS), startIsolate(0)];
    await controlled.callsOf(addOnCount, CONTROLLED);
    const keyed = await controlled.callsOf(addOnCount, CONTROLLED, "key");
    expect(keyed).toEqual(["desk.begin", ...bare]);
    expect(await free.callsOf(addOnCount, FREE, "key")).toEqual(keyed);
    expect(await controlled.callsOf(addOnCount, CONTROLLED, "key")).toEqual(["desk.begin"]);
  });
});

test("what a port answers with a promise is noted, whatever it is called", async () => {
  const calls: string[] = [];
  const ports = noting({ quota: { left: async () => 1, size: () => 2 }, ask: async () => 3, plain: 4 }, calls);
  expect([await ports.quota.left(), ports.quota.size(), await { ...ports }.ask(), ports.plain]).toEqual([1, 2, 3, 4]);
  expect(calls).toEqual(["quota.left", "ask"]);
});
