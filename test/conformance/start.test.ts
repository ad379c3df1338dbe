import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LookupAnswer } from "../support/add-ons.ts";
import { isListening, loginOf, readDemoJson, startDemo, untilClosed, untilPrinted, type DemoJson, type DemoPorts, type DemoProcess } from "../support/demo-process.ts";
import { authorization, freePort } from "../support/gateway.ts";

const sh = promisify(execFile);
const NPM_START: [string, ...string[]] = ["npm", "start"];

/** The commands that the text has to paste: lines that begin with curl, and those that they go on in. */
const commandsIn = (text: string): string[] => [...text.matchAll(/^ +(curl (?:.*\\\n)*.*)$/gm)].map((match) => match[1] ?? "");

describe("npm start", () => {
  let ports: DemoPorts;
  let demo: DemoProcess;
  let printed: string;
  let json: DemoJson;

  beforeAll(async () => {
    ports = { port: await freePort(), publishersPort: await freePort(), stateDir: resolve(await mkdtemp(resolve(tmpdir(), "dipswitch-start-")), "state") };
    demo = startDemo(NPM_START, ports);
    printed = await untilPrinted(demo);
    json = await readDemoJson(ports.stateDir);
  });
  afterAll(async () => {
    if (demo.exitCode() === null) demo.signal("SIGKILL");
    await rm(ports.stateDir, { recursive: true, force: true });
  });

  const paste = async (command: string): Promise<string> => (await sh("sh", ["-c", command])).stdout;
  const get = async <T>(path: string): Promise<T> => (await fetch(json.base_url + path, { headers: authorization(loginOf(json.developer)) })).json() as Promise<T>;
  const facts = async () => ({
    demo: await readDemoJson(ports.stateDir),
    balance: await get(`/2010-04-01/Accounts/${json.developer.sid}/Balance.json`),
    invocations: (await get<{ invocations: unknown[] }>("/v1/Invocations")).invocations,
    installed: (await get<{ installed_add_ons: unknown[] }>("/v1/InstalledAddOns")).installed_add_ons,
  });

  it("writes what it prints to demo.json, which is its owner's alone", async () => {
    const login = { sid: expect.stringMatching(/^AC[0-9a-f]{32}$/), auth_token: expect.stringMatching(/^[0-9a-f]{32}$/) };
    expect(json).toEqual({ base_url: `http://127.0.0.1:${ports.port}`, publishers_url: `http://127.0.0.1:${ports.publishersPort}`, operator: login, developer: login, publisher: login });
    expect(new Set([json.operator.sid, json.developer.sid, json.publisher.sid]).size).toBe(3);
    for (const value of [json.base_url, json.publishers_url, ...[json.operator, json.developer, json.publisher].map(({ sid, auth_token }) => `${sid}:${auth_token}`)]) expect(printed).toContain(value);
    expect((await stat(resolve(ports.stateDir, "demo.json"))).mode & 0o077).toBe(0);
  });

  it("prints the guide's own curl first, and it finds the guide's anagram when it is pasted", async () => {
    const [first = ""] = commandsIn(printed);
    expect(first).toMatch(/^curl -X GET \S+\/v1\/PhoneNumbers\/18778894546 \\\n\s+-d "AddOns=publisher_anagrams" -u "AC/);
    const answer = JSON.parse(await paste(first)) as LookupAnswer;
    expect(answer).toMatchObject({ country_code: "US", phone_number: "+18778894546", add_ons: { status: "successful", results: { publisher_anagrams: { status: "successful", code: null } } } });
    expect(answer.add_ons?.results["publisher_anagrams"]?.result["anagrams"]).toContain("+18778TWILIO");
  });

  it("prints commands that all do what they say when they are pasted", async () => {
    const commands = commandsIn(printed);
    expect(commands.length).toBeGreaterThanOrEqual(5);
    for (const command of commands) {
      const text = await paste(command);
      const answer: unknown = JSON.parse(text);
      expect(answer, command).not.toHaveProperty("code");
      expect(text, command).not.toContain('"failed"');
    }
  });

  it("keeps the data when it is started again, and Ctrl-C ends everything that it started", async () => {
    const before = await facts();
    expect(before.installed).toHaveLength(3);
    expect(before.invocations.length).toBeGreaterThan(0);
    demo.signal("SIGINT");
    await demo.ended();
    await Promise.all([untilClosed(ports.port), untilClosed(ports.publishersPort)]);

    demo = startDemo(NPM_START, ports);
    expect(await untilPrinted(demo)).toContain(json.developer.auth_token);
    expect(await facts()).toEqual(before);
    expect(JSON.parse(await paste(commandsIn(demo.output())[0] ?? ""))).toMatchObject({ add_ons: { status: "successful" } });
    expect((await facts()).invocations.length).toBe(before.invocations.length + 1);
  });

  it("says in one clear line which port is taken, changes nothing and ends", async () => {
    const taken = createServer((_, response) => response.end());
    const free = await freePort();
    const publishersPort = await freePort();
    await new Promise<void>((listening) => taken.listen(0, "127.0.0.1", listening));
    const address = taken.address();
    const takenPort = address === null || typeof address === "string" ? 0 : address.port;
    const stateDir = await mkdtemp(resolve(tmpdir(), "dipswitch-taken-"));
    try {
      for (const [used, variable] of [
        [{ port: takenPort, publishersPort, stateDir }, "PORT"],
        [{ port: free, publishersPort: takenPort, stateDir }, "PUBLISHERS_PORT"],
      ] as const) {
        const refused = startDemo([process.execPath, "scripts/start.ts"], used);
        await refused.ended();
        expect(refused.exitCode()).toBeGreaterThan(0);
        expect(refused.errors().trim().split("\n")).toEqual([expect.stringMatching(new RegExp(`\\b${takenPort}\\b.*\\b${variable}\\b`))]);
        expect(await isListening(free)).toBe(false);
      }
    } finally {
      await new Promise((closed) => taken.close(closed));
      await rm(stateDir, { recursive: true, force: true });
    }
  });
});
