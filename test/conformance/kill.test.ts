import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isListening, loginOf, readDemoJson } from "../support/demo-process.ts";
import { authorization, until } from "../support/gateway.ts";
import { killableDemo, type KillableDemo } from "../support/killable-demo.ts";
import type { LookupAnswer } from "../support/add-ons.ts";

const KILLS = 10;
const CALLERS = 16;
/** So many of the callers send idempotency keys; in the first rounds, since the claim of a request that died is kept for 30 s. */
const KEYED_CALLERS = 4;
const KEYED_ROUNDS = 4;
const CREDIT_MICROS = 10_000_000;
const ADD_ON = "publisher_anagrams";

type Invocation = { sid: string; price: string; status: string };

const micros = (dollars: string): number => Math.round(Number(dollars) * 1e6);

describe("a gateway that is killed under load, ten times", () => {
  let demo: KillableDemo;
  let headers: Record<string, string>;
  let accountSid: string;

  beforeAll(async () => {
    demo = await killableDemo("dipswitch-kill-");
    const { developer } = await readDemoJson(demo.ports.stateDir);
    accountSid = developer.sid;
    headers = authorization(loginOf(developer));
  });
  afterAll(() => demo.remove());

  const get = <T>(path: string): Promise<T> => fetch(`http://127.0.0.1:${demo.ports.port}${path}`, { headers }).then((response) => response.json() as Promise<T>);

  /** @returns the SID of a success; null for any other answer, and when there is none. */
  async function lookUp(key?: string): Promise<{ answered: boolean; sid: string | null }> {
    try {
      const url = `http://127.0.0.1:${demo.ports.port}/v1/PhoneNumbers/+18778894546?AddOns=${ADD_ON}`;
      const response = await fetch(url, { headers: { ...headers, ...(key !== undefined && { "Idempotency-Key": key }) } });
      const body = (await response.json()) as LookupAnswer;
      const result = body.add_ons?.results[ADD_ON];
      return { answered: response.status === 200, sid: result?.status === "successful" ? result.request_sid : null };
    } catch {
      return { answered: false, sid: null };
    }
  }

  async function everyInvocation(): Promise<Invocation[]> {
    const invocations: Invocation[] = [];
    for (let path: string | null = "/v1/Invocations?PageSize=1000"; path !== null; ) {
      const page: { invocations: Invocation[]; meta: { next_page_url: string | null } } = await get(path);
      invocations.push(...page.invocations);
      path = page.meta.next_page_url === null ? null : new URL(page.meta.next_page_url).pathname + new URL(page.meta.next_page_url).search;
    }
    return invocations;
  }

  it("has every success that a client received, once and in the balance, and nothing more than was in flight", { timeout: 240_000 }, async () => {
    const received: string[] = [];
    const unansweredKeys: string[] = [];
    let cutOff = 0;

    for (let round = 0; round < KILLS; round++) {
      const before = received.length;
      const call = async (caller: number): Promise<void> => {
        // Ends when it is cut off: the next round begins after the restart.
        for (let count = 0; ; count++) {
          const key = caller < KEYED_CALLERS && round < KEYED_ROUNDS ? `${round}/${caller}/${count}` : undefined;
          const { answered, sid } = await lookUp(key);
          if (sid !== null) received.push(sid);
          if (answered) continue;
          if (key === undefined) cutOff += 1;
          else unansweredKeys.push(key);
          return;
        }
      };
      const callers = Array.from({ length: CALLERS }, (_, caller) => call(caller));
      const enough = before + CALLERS + Math.floor(Math.random() * 300);
      await until("the load is under way", () => received.length >= enough, 30_000);
      await demo.kill();
      await Promise.all(callers);
      await demo.start();
    }

    // What was cut off can be asked for again by its key, and is charged once however it ended.
    for (const key of unansweredKeys) {
      const { sid } = await lookUp(key);
      expect(sid, key).not.toBeNull();
      if (sid !== null) received.push(sid);
    }

    const invocations = await everyInvocation();
    const bySid = new Map(invocations.map((invocation) => [invocation.sid, invocation]));
    expect(bySid.size).toBe(invocations.length);
    expect(new Set(received).size).toBe(received.length);
    expect(received.filter((sid) => bySid.get(sid)?.price !== "0.0001" || bySid.get(sid)?.status !== "successful")).toEqual([]);

    const charged = invocations.filter(({ price }) => micros(price) > 0);
    expect(charged.length - received.length).toBeLessThanOrEqual(cutOff);
    expect(cutOff).toBeLessThanOrEqual(KILLS * CALLERS);
    const { balance } = await get<{ balance: string }>(`/2010-04-01/Accounts/${accountSid}/Balance.json`);
    expect(micros(balance)).toBe(CREDIT_MICROS - charged.reduce((total, { price }) => total + micros(price), 0));
    expect(await isListening(demo.ports.publishersPort)).toBe(true);
  });
});
