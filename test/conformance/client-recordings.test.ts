import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { getBytes, keysWith, postRecording, recordingRow, type Upload } from "../support/recordings.ts";
import { databaseRows } from "../support/stored-data.ts";
import { storeDeadLetter, storeResult } from "../support/stored-results.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";
import { wav } from "../support/wav.ts";

const DAY_MS = 24 * 3_600_000;
const callSid = (): string => `CA${randomBytes(16).toString("hex")}`;
const day = (text: string): Date => new Date(`${text}T00:00:00Z`);

describe("recordings, with the official client", () => {
  let gateway: TestGateway;
  let developer: Login;
  let client: Twilio;

  beforeAll(async () => {
    gateway = await startGateway();
    developer = await gateway.account("Developer");
    client = twilioClient(gateway, developer);
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await gateway.stop();
  });

  const store = async (upload: Upload = {}, login = developer): Promise<string> => (await postRecording(gateway, login, upload)).body.sid;

  /** As if the recording had come then. */
  async function cameAt(sid: string, createdAtMs: number): Promise<void> {
    const db = await gateway.miniflare.getD1Database("DB");
    await db.prepare("UPDATE recordings SET created_at = ?2 WHERE sid = ?1").bind(sid, createdAtMs).run();
  }

  it("are fetched with all that the client reads", async () => {
    const call = callSid();
    const startedAtMs = Math.floor(Date.now() / 1_000) * 1_000;
    const sid = await store({ audio: wav({ seconds: 4, channels: 2 }), query: { CallSid: call, Source: "StartConferenceRecordingAPI" } });
    const fetched = await client.recordings(sid).fetch({ includeSoftDeleted: true });
    const path = `/2010-04-01/Accounts/${developer.sid}/Recordings/${sid}`;
    expect(fetched.toJSON()).toEqual({
      accountSid: developer.sid,
      apiVersion: "2010-04-01",
      callSid: call,
      conferenceSid: null,
      dateCreated: expect.any(Date),
      dateUpdated: fetched.dateCreated,
      startTime: null,
      duration: "4",
      sid,
      price: null,
      priceUnit: "USD",
      status: "completed",
      channels: 2,
      source: "StartConferenceRecordingAPI",
      errorCode: null,
      uri: `${path}.json`,
      encryptionDetails: null,
      subresourceUris: { add_on_results: `${path}/AddOnResults.json` },
      mediaUrl: gateway.url + path,
    });
    expect(fetched.dateCreated.getTime()).toBeGreaterThanOrEqual(startedAtMs);
    expect(await fetched.addOnResults().list()).toEqual([]);
  });

  it("are listed newest first, page by page, and no other account's", async () => {
    const [owner, stranger] = [await gateway.account("Owner"), await gateway.account("Stranger")];
    const sids: string[] = [];
    for (let index = 0; index < 5; index++) {
      const sid = await store({}, owner);
      await cameAt(sid, Date.UTC(2026, 0, 1) + index * 1_000);
      sids.unshift(sid);
    }
    await store({}, stranger);
    const listed = await twilioClient(gateway, owner).recordings.list({ pageSize: 2 });
    expect(listed.map(({ sid }) => sid)).toEqual(sids);
    const ofOwner = twilioClient(gateway, gateway.operator, { accountSid: owner.sid });
    expect((await ofOwner.recordings.list({ limit: 2 })).map(({ sid }) => sid)).toEqual(sids.slice(0, 2));
  });

  describe("are filtered", () => {
    let owner: Twilio;
    let sids: Record<"before" | "first" | "last" | "after", string>;
    const call = callSid();

    beforeAll(async () => {
      const login = await gateway.account("Filtering");
      owner = twilioClient(gateway, login);
      sids = { before: await store({}, login), first: await store({ query: { CallSid: call } }, login), last: await store({}, login), after: await store({}, login) };
      const dayMs = day("2026-03-15").getTime();
      await Promise.all([cameAt(sids.before, dayMs - 1), cameAt(sids.first, dayMs), cameAt(sids.last, dayMs + DAY_MS - 1), cameAt(sids.after, dayMs + DAY_MS)]);
    });

    type Filter = NonNullable<Parameters<Twilio["recordings"]["list"]>[0]> & object;
    it.each<{ what: string; filter: Filter; expected: ("before" | "first" | "last" | "after")[] }>([
      { what: "by their day", filter: { dateCreated: day("2026-03-15") }, expected: ["last", "first"] },
      { what: "by a time of their day, which does not count", filter: { dateCreated: new Date("2026-03-15T18:30:00Z") }, expected: ["last", "first"] },
      { what: "from a day on, with that day", filter: { dateCreatedAfter: day("2026-03-15") }, expected: ["after", "last", "first"] },
      { what: "up to a day, with that day", filter: { dateCreatedBefore: day("2026-03-15") }, expected: ["last", "first", "before"] },
      { what: "between two days", filter: { dateCreatedAfter: day("2026-03-14"), dateCreatedBefore: day("2026-03-14") }, expected: ["before"] },
      { what: "by a day that is not between two others", filter: { dateCreated: day("2026-03-15"), dateCreatedAfter: day("2026-03-16") }, expected: [] },
      { what: "by their call", filter: { callSid: call }, expected: ["first"] },
      { what: "by another call", filter: { callSid: callSid() }, expected: [] },
      { what: "by a conference, which none has", filter: { conferenceSid: `CF${"0".repeat(32)}` }, expected: [] },
      { what: "by nothing, with what was deleted", filter: { includeSoftDeleted: true }, expected: ["after", "last", "first", "before"] },
    ])("$what", async ({ filter, expected }) => {
      expect((await owner.recordings.list(filter)).map(({ sid }) => sid)).toEqual(expected.map((name) => sids[name]));
    });
  });

  it.each(["yesterday", "2026-02-30", "15.03.2026"])("are not filtered by %s, which is no date", async (text) => {
    for (const name of ["DateCreated", "DateCreated<", "DateCreated>"]) {
      const answer = await gateway.call(developer, "GET", `/2010-04-01/Accounts/${developer.sid}/Recordings.json?${encodeURIComponent(name)}=${text}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 20001, message: `${name} must be a date such as 2026-01-31` } });
    }
  });

  it("are deleted with their audio, their results and all that hangs on them", async () => {
    const [sid, other] = [await store({ query: { RecordingSid: `RE${"7".repeat(32)}` } }), await store()];
    const bucket = await gateway.miniflare.getR2Bucket("RECORDINGS");
    for (const channel of [1, 2]) await bucket.put(`recordings/${developer.sid}/${sid}/channel-${channel}`, "split");
    const result = await storeResult(gateway, developer, { recordingSid: sid });
    await storeDeadLetter(gateway, result);
    const kept = await storeResult(gateway, developer, { recordingSid: other });

    expect(await client.recordings(sid).remove()).toBe(true);
    expect((await restException(client.recordings(sid).fetch())).status).toBe(404);
    expect((await restException(client.recordings(sid).remove())).code).toBe(20404);
    expect((await getBytes(gateway, developer, `/2010-04-01/Accounts/${developer.sid}/Recordings/${sid}`)).status).toBe(404);
    expect((await databaseRows(gateway)).filter(({ text }) => text.includes(sid) || text.includes(result.xr))).toEqual([]);
    expect([...(await keysWith(gateway, sid)), ...(await keysWith(gateway, result.xr))]).toEqual([]);
    // Of another recording everything is there.
    expect(await recordingRow(gateway, other)).not.toBeNull();
    expect([(await keysWith(gateway, other)).length, (await keysWith(gateway, kept.xr)).length]).toEqual([1, 1]);
  });

  it("may be deleted by the path of their audio, and by no other account", async () => {
    const sid = await store();
    const path = `/2010-04-01/Accounts/${developer.sid}/Recordings/${sid}`;
    const stranger = await gateway.account("Stranger");
    expect((await gateway.call(stranger, "DELETE", path)).status).toBe(404);
    expect((await restException(twilioClient(gateway, stranger).recordings(sid).remove())).status).toBe(404);
    expect((await gateway.call(developer, "DELETE", path)).status).toBe(204);
    expect(await recordingRow(gateway, sid)).toBeNull();
  });
});
