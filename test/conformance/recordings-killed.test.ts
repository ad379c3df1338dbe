import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loginOf, readDemoJson, type DemoJson } from "../support/demo-process.ts";
import { authorization, until } from "../support/gateway.ts";
import { killableDemo, type KillableDemo } from "../support/killable-demo.ts";

/** What was lost with the queue is looked for after a minute, by a trigger that is poked every minute. */
const CONTINUED_MS = 140_000;

describe("a gateway that is killed with a recording", () => {
  let demo: KillableDemo;
  let json: DemoJson;
  let audio: Buffer;

  beforeAll(async () => {
    audio = await readFile(resolve(import.meta.dirname, "../../examples/audio/two-channels.wav"));
    demo = await killableDemo("dipswitch-killed-");
    json = await readDemoJson(demo.ports.stateDir);
  });
  afterAll(() => demo.remove());

  const get = async <T>(path: string): Promise<T> => (await fetch(json.base_url + path, { headers: authorization(loginOf(json.developer)) })).json() as Promise<T>;

  async function post(): Promise<string> {
    const headers = { "Content-Type": "audio/x-wav", ...authorization(loginOf(json.developer)) };
    const posted = await fetch(`${json.base_url}/v1/Recordings?Source=RecordVerb`, { method: "POST", headers, body: new Uint8Array(audio) });
    expect(posted.status).toBe(201);
    return ((await posted.json()) as { sid: string }).sid;
  }
  const statusesOf = async (sid: string): Promise<string[]> => {
    const path = `/2010-04-01/Accounts/${json.developer.sid}/Recordings/${sid}/AddOnResults.json`;
    return (await get<{ add_on_results: { status: string }[] }>(path)).add_on_results.map(({ status }) => status);
  };

  it("brings what was under way, and what was not yet begun, to its end when it is started again, and charges once", { timeout: CONTINUED_MS + 60_000 }, async () => {
    const underWay = await post();
    await until("its add-ons have begun", async () => (await statusesOf(underWay)).length === 2);
    const notBegun = await post();
    await demo.kill();
    const killed = demo.output();
    expect(killed).not.toContain(notBegun);
    await demo.start();

    const printed = (sid: string): string[] => (killed + demo.output()).split("\n").filter((line) => line.startsWith(`Recording ${sid}`)).toSorted();
    await until("every channel is heard of", () => printed(underWay).length >= 2 && printed(notBegun).length >= 2, CONTINUED_MS);
    expect(printed(notBegun)).toEqual([`Recording ${notBegun}, channel 1: digits 1590*`, `Recording ${notBegun}, channel 2: digits 2684#`]);
    expect(await statusesOf(notBegun)).toEqual(["completed", "completed"]);
    // The example publisher keeps what it has accepted in its memory: what died there ends with its time.
    const ends = new Set([`Recording ${underWay}, channel 1: digits 1590*`, `Recording ${underWay}, channel 2: digits 2684#`, ...[1, 2].map((channel) => `Recording ${underWay}, channel ${channel}: sound_analysis failed (61001)`)]);
    expect(printed(underWay).filter((line) => !ends.has(line))).toEqual([]);

    const completed = [...(await statusesOf(underWay)), ...(await statusesOf(notBegun))].filter((status) => status === "completed").length;
    const { invocations } = await get<{ invocations: { price: string }[] }>("/v1/Invocations");
    expect(invocations.map(({ price }) => price).toSorted()).toEqual([...Array.from({ length: 4 - completed }, () => "0"), ...Array.from({ length: completed }, () => "0.002")]);
  });
});
