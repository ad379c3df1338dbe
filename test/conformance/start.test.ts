import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LookupAnswer } from "../support/add-ons.ts";
import { violationsOfAnswer, type JudgedAnswer } from "../support/api-schemas.ts";
import { isListening, loginOf, readDemoJson, startDemo, untilClosed, untilPrinted, type DemoJson, type DemoPorts, type DemoProcess } from "../support/demo-process.ts";
import { authorization, freePort, until } from "../support/gateway.ts";
import { twilioClient } from "../support/twilio-client.ts";

const sh = promisify(execFile);
const NPM_START: [string, ...string[]] = ["npm", "start"];

/** The commands that the text has to paste: lines that begin with curl, and those that they go on in. */
const commandsIn = (text: string): string[] => [...text.matchAll(/^ +(curl (?:.*\\\n)*.*)$/gm)].map((match) => match[1] ?? "");

const paste = async (command: string): Promise<string> => (await sh("sh", ["-c", command])).stdout;

const isOfRecording = ({ unique_name }: Record<string, unknown>): boolean => unique_name === "sound_analysis";

type Refused = { exitCode: number | null; lines: string[] };

/** Runs something while another program listens on a port. */
async function whileTaken<T>(run: (port: number) => Promise<T>, wanted?: number): Promise<T> {
  const port = wanted ?? (await freePort());
  const server = createServer((_, response) => response.end());
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  try {
    return await run(port);
  } finally {
    await new Promise((closed) => server.close(closed));
  }
}

async function ended(ports: DemoPorts): Promise<Refused> {
  const demo = startDemo([process.execPath, "scripts/start.ts"], ports);
  await demo.ended();
  return { exitCode: demo.exitCode(), lines: (demo.output() + demo.errors()).trim().split("\n") };
}

describe("npm start", () => {
  let folder: string;
  let ports: DemoPorts;
  /** Starts with a port that is taken: first PORT, then PUBLISHERS_PORT, then DEVELOPER_PORT; then with two ports that are one. */
  let refused: Refused[];
  let demo: DemoProcess;
  let printed: string;
  let json: DemoJson;

  beforeAll(async () => {
    folder = await mkdtemp(resolve(tmpdir(), "dipswitch-start-"));
    ports = { port: await freePort(), publishersPort: await freePort(), developerPort: await freePort(), stateDir: resolve(folder, "state") };
    refused = await whileTaken(async (taken) => [
      await ended({ ...ports, port: taken }),
      await ended({ ...ports, publishersPort: taken }),
      await ended({ ...ports, developerPort: taken }),
      await ended({ ...ports, developerPort: ports.publishersPort }),
    ]);
    demo = startDemo(NPM_START, ports);
    printed = await untilPrinted(demo);
    json = await readDemoJson(ports.stateDir);
  });
  afterAll(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Ctrl-C. */
  async function stop(): Promise<void> {
    if (demo.exitCode() === null) demo.signal("SIGINT");
    await demo.ended();
    await Promise.all([untilClosed(ports.port), untilClosed(ports.publishersPort), untilClosed(ports.developerPort)]);
  }

  const get = async <T>(path: string, login = json.developer): Promise<T> => (await fetch(json.base_url + path, { headers: authorization(loginOf(login)) })).json() as Promise<T>;
  const facts = async () => ({
    demo: await readDemoJson(ports.stateDir),
    balance: await get(`/2010-04-01/Accounts/${json.developer.sid}/Balance.json`),
    invocations: (await get<{ invocations: Record<string, unknown>[] }>("/v1/Invocations")).invocations,
    numbers: (await get<{ incoming_phone_numbers: unknown[] }>(`/2010-04-01/Accounts/${json.developer.sid}/IncomingPhoneNumbers.json`)).incoming_phone_numbers,
    installed: (await get<{ installed_add_ons: Record<string, unknown>[] }>("/v1/InstalledAddOns")).installed_add_ons,
    keys: (await get<{ keys: unknown[] }>(`/2010-04-01/Accounts/${json.publisher.sid}/Keys.json`, json.publisher)).keys,
  });
  /** Without recordings: one that was pasted before may come to its end meanwhile. */
  const invocationsOfOthers = async () => (await facts()).invocations.filter((invocation) => !isOfRecording(invocation));
  const resultsOf = async (recordingSid: string) =>
    (await get<{ add_on_results: { status: string }[] }>(`/2010-04-01/Accounts/${json.developer.sid}/Recordings/${recordingSid}/AddOnResults.json`)).add_on_results;

  it("says in one clear line which port is taken and what to set, ends, and begins as told the next time", async () => {
    expect(refused).toEqual([
      { exitCode: 1, lines: [expect.stringMatching(/^Port \d+ is taken: .*\bPORT\b/)] },
      { exitCode: 1, lines: [expect.stringMatching(/^Port \d+ is taken: .*\bPUBLISHERS_PORT\b/)] },
      { exitCode: 1, lines: [expect.stringMatching(/^Port \d+ is taken: .*\bDEVELOPER_PORT\b/)] },
      { exitCode: 1, lines: [expect.stringMatching(/^Port \d+ cannot be .*\bDEVELOPER_PORT\b/)] },
    ]);
    expect(await Promise.all([ports.port, ports.publishersPort, ports.developerPort].map(isListening))).toEqual([true, true, true]);
  });

  it("writes what it prints to demo.json, which is its owner's alone", async () => {
    const login = { sid: expect.stringMatching(/^AC[0-9a-f]{32}$/), auth_token: expect.stringMatching(/^[0-9a-f]{32}$/) };
    expect(json).toEqual({
      base_url: `http://127.0.0.1:${ports.port}`,
      publishers_url: `http://127.0.0.1:${ports.publishersPort}`,
      developer_url: `http://127.0.0.1:${ports.developerPort}`,
      phone_number: expect.stringMatching(/^\+\d+$/),
      operator: login,
      developer: login,
      publisher: login,
    });
    expect(new Set([json.operator.sid, json.developer.sid, json.publisher.sid]).size).toBe(3);
    for (const value of [json.base_url, json.publishers_url, json.developer_url, json.phone_number, ...[json.operator, json.developer, json.publisher].map(({ sid, auth_token }) => `${sid}:${auth_token}`)]) expect(printed).toContain(value);
    expect((await stat(resolve(ports.stateDir, "demo.json"))).mode & 0o077).toBe(0);
  });

  it("prints the guide's own curl first, and it finds the guide's anagram when it is pasted [example-curl, example-answer]", async () => {
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
      if (command.includes(".csv")) expect(text, command).toMatch(/^transaction,.*\r\nCR[0-9a-f]{32},credit,/);
      const answer: unknown = /\/v1\/IncomingMessages|\.csv/.test(command) ? { text } : JSON.parse(text);
      expect(answer, command).not.toHaveProperty("code");
      expect(text, command).not.toContain('"failed"');
    }
  });

  it("prints a curl that sends a message through add-ons and developer, and what the developer answers", async () => {
    const command = commandsIn(printed).find((each) => each.includes("/v1/IncomingMessages")) ?? "";
    const run = async (body: string) => {
      const before = (await invocationsOfOthers()).length;
      const twiml = await paste(command.replace(/"Body=[^"]*"/, body));
      const invocations = await invocationsOfOthers();
      return { twiml, invocations: invocations.slice(0, invocations.length - before) };
    };
    const [, promised = "nothing"] = /with TwiML: "([^"]+)"/.exec(printed) ?? [];
    const both = ["message_sentiment", "number_insight"].map((name) => expect.objectContaining({ unique_name: name, status: "successful", integration_point: "sms-incoming" }));
    const complaint = await run("$&");
    expect(complaint.twiml).toBe(`<?xml version="1.0" encoding="UTF-8"?><Response><Message>${promised}</Message></Response>`);
    expect(complaint.invocations).toHaveLength(2);
    expect(complaint.invocations).toEqual(expect.arrayContaining(both));
    expect((await run('"Body=¡Muchas gracias! ❤️"')).twiml).toContain("¡Muchas gracias!");
  });

  it("prints a curl that sends a recording through channels, publisher and developer, and the digits that then appear", async () => {
    const command = commandsIn(printed).find((each) => each.includes("/v1/Recordings")) ?? "";
    const promised = [...printed.matchAll(/(\S+) for channel (\d)/g)].map(([, digits = "", channel = ""]) => ({ digits, channel }));
    expect(promised).toEqual([{ digits: "1590*", channel: "1" }, { digits: "2684#", channel: "2" }]);
    const { sid } = JSON.parse(await paste(command)) as { sid: string };
    for (const { digits, channel } of promised) {
      await until(`the digits of channel ${channel}`, () => demo.output().includes(`Recording ${sid}, channel ${channel}: digits ${digits}\n`), 20_000);
    }
    expect((await resultsOf(sid)).map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect(await digitsOf(sid)).toEqual(promised.map(({ digits, channel }) => [`channel-${channel}`, digits]));
  });

  /** By channel, as the official client gets them: a recording's results, their payloads, and where their data is. */
  async function digitsOf(recordingSid: string): Promise<[label: string, digits: string][]> {
    const judge = (answer: JudgedAnswer): void => expect(violationsOfAnswer(answer, json.base_url)).toEqual([]);
    const client = twilioClient({ url: json.base_url, judge }, loginOf(json.developer));
    const results = await client.recordings(recordingSid).addOnResults.list();
    const found = results.map(async ({ sid }): Promise<[string, string]> => {
      const [payload] = await client.recordings(recordingSid).addOnResults(sid).payloads.list();
      if (payload === undefined) throw new Error(`${sid} has no payload`);
      // The client's own types have nothing of the answer.
      const data: unknown = await client.recordings(recordingSid).addOnResults(sid).payloads(payload.sid).data().fetch();
      const { redirect_to: url } = JSON.parse(JSON.stringify(data)) as { redirect_to: string };
      const { digits } = (await (await fetch(url)).json()) as { digits: string };
      return [payload.label, digits];
    });
    return (await Promise.all(found)).toSorted(([one], [other]) => one.localeCompare(other));
  }

  it("keeps the data when it is started again, and Ctrl-C ends everything that it started", async () => {
    // Every recording, of which there was one more among the pasted commands.
    await until("all recordings are heard", async () => (await facts()).invocations.filter(isOfRecording).length === 4);
    const before = await facts();
    expect(before.keys).toHaveLength(1);
    expect(before.installed).toHaveLength(5);
    expect(before.numbers).toHaveLength(1);
    expect(before.invocations.length).toBeGreaterThan(0);
    await stop();
    demo = startDemo(NPM_START, ports);
    expect(await untilPrinted(demo)).toContain(json.developer.auth_token);
    expect(await facts()).toEqual(before);
    expect(JSON.parse(await paste(commandsIn(demo.output())[0] ?? ""))).toMatchObject({ add_ons: { status: "successful" } });
    expect((await facts()).invocations.length).toBe(before.invocations.length + 1);
    await stop();
    // The seeded add-ons are called at their port, so another one is no way out now.
    expect(await whileTaken(() => ended(ports), ports.publishersPort)).toEqual({ exitCode: 1, lines: [expect.stringMatching(/^Port \d+ is taken: .*\bSTATE_DIR\b/)] });
  });
});
