import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordingContext } from "twilio/lib/rest/api/v2010/account/recording.js";
import { endInvocation, startInvocation } from "../support/ended-invocations.ts";
import { startGateway, until, type Login, type TestGateway } from "../support/gateway.ts";
import { RESULT_DATA, resultPath, sid, storeDeadLetter, storeResult, type StoredResult } from "../support/stored-results.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

const CREATED_MS = Date.UTC(2026, 0, 31, 23, 59, 59);

describe("the results of a recording, with the official client", () => {
  let gateway: TestGateway;
  let owner: Login;
  let stranger: Login;

  beforeAll(async () => {
    gateway = await startGateway();
    [owner, stranger] = [await gateway.account("Owner"), await gateway.account("Stranger")];
  });
  afterAll(() => gateway.stop());

  const recordingOf = (login: Login, { accountSid, recordingSid }: StoredResult): RecordingContext =>
    twilioClient(gateway, login).api.v2010.accounts(accountSid).recordings(recordingSid);

  it("are fetched in every status, and lead to their payloads", async () => {
    for (const status of ["queued", "in-progress", "completed", "failed", "canceled"]) {
      const completedAtMs = status === "queued" || status === "in-progress" ? null : CREATED_MS + 5_000;
      const stored = await storeResult(gateway, owner, { status, createdAtMs: CREATED_MS, completedAtMs });
      const result = await recordingOf(owner, stored).addOnResults(stored.xr).fetch();
      expect(result).toMatchObject({
        sid: stored.xr,
        accountSid: owner.sid,
        referenceSid: stored.recordingSid,
        status,
        addOnSid: stored.addOnSid,
        addOnConfigurationSid: stored.configurationSid,
        dateCreated: new Date(CREATED_MS),
        dateUpdated: new Date(CREATED_MS),
        dateCompleted: completedAtMs === null ? null : new Date(completedAtMs),
        subresourceUris: { payloads: `${resultPath(stored)}/Payloads.json` },
      });
    }
  });

  it("are read from the list to the data", async () => {
    const stored = await storeResult(gateway, owner);
    const recording = recordingOf(owner, stored);
    const [result] = await recording.addOnResults.list();
    const results = recording.addOnResults(result?.sid ?? "");
    const [payload] = await results.payloads.list();
    expect(payload).toMatchObject({
      sid: stored.payloadSid,
      addOnResultSid: stored.xr,
      accountSid: owner.sid,
      referenceSid: stored.recordingSid,
      label: "channel-1",
      addOnSid: stored.addOnSid,
      addOnConfigurationSid: stored.configurationSid,
      contentType: "application/json",
      subresourceUris: { data: `${resultPath(stored)}/Payloads/${stored.payloadSid}/Data.json` },
    });
    expect((await results.payloads(stored.payloadSid).fetch()).toJSON()).toEqual(payload?.toJSON());
    // The client does not follow redirects: it gives what the answer says.
    const { redirect_to: url } = JSON.parse(JSON.stringify(await results.payloads(stored.payloadSid).data().fetch())) as { redirect_to: string };
    expect(await (await fetch(url)).text()).toBe(RESULT_DATA);
  });

  it("are listed by recording and paged, newest first", async () => {
    const first = await storeResult(gateway, owner, { createdAtMs: CREATED_MS });
    const { recordingSid } = first;
    const [second, third] = [await storeResult(gateway, owner, { recordingSid, createdAtMs: CREATED_MS + 1_000 }), await storeResult(gateway, owner, { recordingSid, createdAtMs: CREATED_MS + 2_000 })];
    await storeResult(gateway, owner);
    const expected = [third, second, first].map(({ xr }) => xr);
    const { addOnResults } = recordingOf(owner, first);
    expect((await addOnResults.list()).map((result) => result.sid)).toEqual(expected);
    expect((await addOnResults.list({ pageSize: 1 })).map((result) => result.sid)).toEqual(expected);
    expect((await addOnResults.list({ limit: 2 })).map((result) => result.sid)).toEqual(expected.slice(0, 2));
  });

  it("are deleted with payloads, data and dead letters, and the others of the recording stay", async () => {
    const stored = await storeResult(gateway, owner);
    const other = await storeResult(gateway, owner, { recordingSid: stored.recordingSid });
    const deadLetter = await storeDeadLetter(gateway, stored);
    const bucket = await gateway.miniflare.getR2Bucket("RECORDINGS");
    // What was called back and is not checked yet has no row.
    await bucket.put(`callbacks/${stored.xr}/2`, "{}");

    const results = recordingOf(owner, stored).addOnResults;
    expect(await results(stored.xr).remove()).toBe(true);
    const gone = [() => results(stored.xr).fetch(), () => results(stored.xr).payloads.list(), () => results(stored.xr).payloads(stored.payloadSid).fetch(), () => results(stored.xr).remove()];
    for (const request of gone) {
      expect(await restException(request())).toMatchObject({ status: 404, code: 20404 });
    }
    expect((await gateway.call(owner, "GET", `/v1/DeadLetters/${deadLetter}`)).status).toBe(404);
    expect((await bucket.list({ prefix: `callbacks/${stored.xr}/` })).objects).toEqual([]);
    expect((await results.list()).map((result) => result.sid)).toEqual([other.xr]);
    expect(await (await bucket.get(other.key))?.text()).toBe(RESULT_DATA);
  });

  it.each([
    ["under way", startInvocation],
    ["over", endInvocation],
  ])("do not come back when they are deleted while the work is %s", async (_when, begin) => {
    const stored = await storeResult(gateway, owner);
    const invocation = await begin(gateway, stored, null);
    expect(await recordingOf(owner, stored).addOnResults(stored.xr).remove()).toBe(true);
    await until("the invocation has forgotten it", async () => (await invocation.inspect()) === null);
    expect(await recordingOf(owner, stored).addOnResults.list()).toEqual([]);
  });

  it("keep their status when a payload is deleted alone", async () => {
    const stored = await storeResult(gateway, owner);
    const result = recordingOf(owner, stored).addOnResults(stored.xr);
    expect(await result.payloads(stored.payloadSid).remove()).toBe(true);
    expect(await result.payloads.list()).toEqual([]);
    expect((await result.fetch()).status).toBe("completed");
    expect(await (await gateway.miniflare.getR2Bucket("RECORDINGS")).head(stored.key)).toBeNull();
    expect(await restException(result.payloads(stored.payloadSid).data().fetch())).toMatchObject({ status: 404, code: 20404 });
  });

  it("are not found under another recording, another result, or another account", async () => {
    const [stored, other] = [await storeResult(gateway, owner), await storeResult(gateway, owner)];
    const foreign = await storeResult(gateway, stranger);
    const crossed = [
      () => recordingOf(owner, other).addOnResults(stored.xr).fetch(),
      () => recordingOf(owner, other).addOnResults(stored.xr).payloads(stored.payloadSid).fetch(),
      () => recordingOf(owner, stored).addOnResults(stored.xr).payloads(other.payloadSid).data().fetch(),
      () => recordingOf(owner, { ...foreign, accountSid: owner.sid }).addOnResults.list(),
      () => recordingOf(owner, { ...foreign, accountSid: owner.sid }).addOnResults(foreign.xr).remove(),
      () => recordingOf(owner, foreign).addOnResults.list(),
      () => recordingOf(owner, { ...stored, recordingSid: sid("RE") }).addOnResults.list(),
    ];
    for (const request of crossed) expect(await restException(request())).toMatchObject({ status: 404, code: 20404 });
    expect((await recordingOf(gateway.operator, foreign).addOnResults(foreign.xr).fetch()).sid).toBe(foreign.xr);
  });
});
