import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loginOf, readDemoJson, startDemo, untilClosed, untilPrinted, type DemoJson, type DemoPorts, type DemoProcess } from "../support/demo-process.ts";
import { authorization, freePort, until } from "../support/gateway.ts";

/** What was lost with the queue is looked for after a minute, by a trigger that is poked every minute. */
const CONTINUED_MS = 140_000;

describe("a gateway that is killed with a recording", () => {
  let ports: DemoPorts;
  let demo: DemoProcess;
  let json: DemoJson;
  let audio: Buffer;

  beforeAll(async () => {
    audio = await readFile(resolve(import.meta.dirname, "../../examples/audio/two-channels.wav"));
    ports = { port: await freePort(), publishersPort: await freePort(), developerPort: await freePort(), stateDir: await mkdtemp(resolve(tmpdir(), "dipswitch-killed-")) };
    await start();
    json = await readDemoJson(ports.stateDir);
  });
  afterAll(async () => {
    if (demo.exitCode() === null) await kill();
    await rm(ports.stateDir, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    demo = startDemo([process.execPath, "scripts/start.ts"], ports);
    await untilPrinted(demo);
  }
  async function kill(): Promise<void> {
    demo.signal("SIGKILL");
    await demo.ended();
    await Promise.all([untilClosed(ports.port), untilClosed(ports.publishersPort), untilClosed(ports.developerPort)]);
  }
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
    await kill();
    const killed = demo.output();
    expect(killed).not.toContain(notBegun);
    await start();

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
