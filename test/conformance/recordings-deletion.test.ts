import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/gateway.ts";
import { startRecordingMarketplace, type RecordingMarketplace, type SentRecording } from "../support/recording-marketplace.ts";
import { keysWith, recordingRow } from "../support/recordings.ts";
import { databaseRows, findings, type Stored } from "../support/stored-data.ts";
import { twilioClient } from "../support/twilio-client.ts";
import { wav } from "../support/wav.ts";

const paid = { change: { pricing: { model: "per_use", unit_price: "0.25", currency: "USD" } }, dollars: "10" };

describe("a recording that is deleted", () => {
  let market: RecordingMarketplace;
  let stateDir: string;

  beforeAll(async () => {
    stateDir = await mkdtemp(resolve(tmpdir(), "dipswitch-deletion-"));
    market = await startRecordingMarketplace({}, stateDir);
  });
  afterAll(async () => {
    await market.stop();
    await rm(stateDir, { recursive: true, force: true });
    expect(market.violations()).toEqual([]);
  });

  const remove = ({ developer, recording }: SentRecording): Promise<boolean> => twilioClient(market.gateway, developer).recordings(recording.sid).remove();
  const isKnown = async (xr: string): Promise<boolean> => {
    const objects = await market.gateway.miniflare.getDurableObjectNamespace("RECORDING_INVOCATION");
    const object = objects.get(objects.idFromName(xr)) as unknown as { inspect(): Promise<unknown> };
    return (await object.inspect()) !== null;
  };

  it.concurrent("while it is under way is canceled: its callbacks are gone, nobody is told, nothing is billed, nothing is left", async () => {
    const sent = await market.sendWithRelay({ ...paid, audio: wav({ channels: 2 }) });
    const both = await market.received(sent, 2);
    await until("both are in progress", async () => (await market.results(sent.developer, sent.recording.sid)).filter(({ status }) => status === "in-progress").length === 2);
    expect(await remove(sent)).toBe(true);
    for (const audio of both) {
      const { status, text } = await market.publisher.callBack(audio, { text: "hello" });
      expect([status, JSON.parse(text).code]).toEqual([410, 20410]);
      expect(await market.logged(sent.developer, audio.requestSid)).toMatchObject({ status: "failed", code: null, counts_against_sla: false, price: "0.00" });
      expect(await market.logged(market.owner, audio.requestSid)).toMatchObject({ status: "failed", code: null, counts_against_sla: false });
      expect(await keysWith(market.gateway, audio.requestSid)).toEqual([]);
    }
    expect(await keysWith(market.gateway, sent.recording.sid)).toEqual([]);
    expect(await recordingRow(market.gateway, sent.recording.sid)).toBeNull();
    expect(await market.balance(sent.developer)).toBe("10.00");
    expect(sent.webhook.requests).toEqual([]);
    const { body } = await market.gateway.call<{ alerts: { resource_sid: string }[] }>(market.owner, "GET", "/v1/Alerts?PageSize=1000");
    expect(body.alerts.filter(({ resource_sid }) => both.some(({ requestSid }) => requestSid === resource_sid))).toEqual([]);
  });

  it.concurrent("before its audio has reached anybody is sent to nobody", async () => {
    const sent = await market.sendWithRelay(paid);
    await remove(sent);
    // What comes after it in the queue has been sent: its own turn is over.
    const next = await market.record(sent.developer);
    const { sid: nextSid } = await market.resultIn("in-progress", { ...sent, recording: next });
    const late = market.publisher.received.filter(({ url, requestSid }) => url.pathname === sent.path && requestSid !== nextSid);
    // Only what was on its way in that very moment may have been sent; it can only be told that it is gone.
    expect(late.length).toBeLessThanOrEqual(1);
    for (const audio of late) {
      expect((await market.publisher.callBack(audio, { text: "hello" })).status).toBe(410);
    }
    expect(sent.webhook.requests).toEqual([]);
    expect(await keysWith(market.gateway, sent.recording.sid)).toEqual([]);
    expect(await market.balance(sent.developer)).toBe("10.00");
  });

  it.concurrent("when it is done goes with its audio, channels, results, payloads and what the objects know; what was paid stays paid", async () => {
    const sent = await market.sendWithRelay({ ...paid, audio: wav({ channels: 2 }) });
    const both = await market.received(sent, 2);
    for (const audio of both) expect((await market.publisher.callBack(audio, { text: "hello" })).status).toBe(200);
    await until("both are relayed", () => sent.webhook.requestsTo("/results").length === 2);
    const [result] = await market.results(sent.developer, sent.recording.sid);
    if (result === undefined) throw new Error("no result");
    const [payload] = await market.payloads(sent.developer, result);
    expect((await keysWith(market.gateway, sent.recording.sid)).length).toBe(3);
    expect(payload?.label).toMatch(/^channel-[12]$/);

    expect(await remove(sent)).toBe(true);
    const paths = [sent.recording.uri, `/v1/Relays/${result.sid}`, sent.recording.uri.replace(".json", `/AddOnResults/${result.sid}.json`), sent.recording.uri.replace(".json", `/AddOnResults/${result.sid}/Payloads/${payload?.sid}.json`)];
    for (const path of paths) expect((await market.gateway.call(sent.developer, "GET", path)).status).toBe(404);
    for (const audio of both) {
      await until("its object has forgotten it", async () => !(await isKnown(audio.requestSid)));
      expect(await keysWith(market.gateway, audio.requestSid)).toEqual([]);
      // The publisher learns no more of it than a stranger.
      expect([404, 410]).toContain((await market.publisher.callBack(audio, { text: "hello" })).status);
      expect(await market.logged(sent.developer, audio.requestSid)).toMatchObject({ status: "successful", price: "0.25" });
    }
    const rows = (await databaseRows(market.gateway)).filter(({ text }) => text.includes(sent.recording.sid));
    expect(rows).toEqual([]);
    expect(await keysWith(market.gateway, sent.recording.sid)).toEqual([]);
    expect(await market.balance(sent.developer)).toBe("9.50");
  });

  it.concurrent.each(["completed", "in-progress"])("may come again with its RecordingSid after it was deleted %s: it is heard anew, and paid anew", async (status) => {
    const sent = await market.send(paid);
    const callBack = async (count: number): Promise<void> => {
      const audio = (await market.received(sent, count))[count - 1];
      if (audio === undefined) throw new Error("no audio");
      expect((await market.publisher.callBack(audio, { text: "hello" })).status).toBe(200);
      await market.resultIn("completed", sent);
    };
    if (status === "completed") await callBack(1);
    else await market.resultIn(status, sent);
    const before = (await market.received(sent))[0]?.requestSid ?? "";
    await remove(sent);
    if (status === "completed") await until("its object has forgotten it", async () => !(await isKnown(before)));
    await market.record(sent.developer, { query: { RecordingSid: sent.recording.sid } });
    await callBack(2);
    expect(await market.balance(sent.developer)).toBe(status === "completed" ? "9.50" : "9.75");
  });

  it("leaves no byte of its audio or of its result on any disk", async () => {
    const [sound, text] = ["sound", "text"].map((what) => `${what}-${randomBytes(16).toString("hex")}`);
    if (sound === undefined || text === undefined) throw new Error("no marks");
    const audio = wav({ channels: 2 });
    // The same letters in both channels: frame by frame, so that each channel has them in a row when it is split.
    for (const [index, letter] of [...Buffer.from(sound.padEnd(40, "."), "latin1")].entries()) {
      const byte = 44 + Math.floor(index / 2) * 4 + (index % 2);
      audio[byte] = letter;
      audio[byte + 2] = letter;
    }
    const sent = await market.send({ ...paid, audio });
    for (const received of await market.received(sent, 2)) {
      expect(received.body.toString("latin1")).toContain(sound);
      expect((await market.publisher.callBack(received, { text })).status).toBe(200);
    }
    await until("both are completed", async () => (await market.results(sent.developer, sent.recording.sid)).filter(({ status }) => status === "completed").length === 2);
    const sought = { "the audio": sound, "the result": text };
    expect(new Set(findings(await bytesLeft(stateDir), sought).map((finding) => finding.split(" in ")[0]))).toEqual(new Set(Object.keys(sought)));
    await remove(sent);
    for (const { requestSid } of await market.received(sent, 2)) await until("its object has forgotten it", async () => !(await isKnown(requestSid)));
    await until("nothing is left", async () => findings(await bytesLeft(stateDir), sought).length === 0);
  });
});

/** Every file's bytes, while the gateway runs. */
async function bytesLeft(folder: string): Promise<Stored[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => resolve(entry.parentPath, entry.name));
  // A file may go while the others are read.
  return Promise.all(paths.map(async (path) => ({ place: path, text: await readFile(path, "latin1").catch(() => "") })));
}
