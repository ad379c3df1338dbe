import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { dataPath, RESULT_DATA, storeResult, type StoredResult } from "../support/stored-results.ts";
import { twilioClient } from "../support/twilio-client.ts";

const run = promisify(execFile);

describe("a payload's data", () => {
  let gateway: TestGateway;
  let owner: Login;
  let result: StoredResult;

  beforeAll(async () => {
    gateway = await startGateway();
    owner = await gateway.account("Owner");
    result = await storeResult(gateway, owner);
  });
  afterAll(() => gateway.stop());

  const dataOf = async (stored: StoredResult): Promise<string> => {
    const { status, headers, body } = await gateway.call<{ redirect_to: string }>(owner, "GET", dataPath(stored));
    expect(status).toBe(307);
    expect(body).toEqual({ redirect_to: headers.get("Location") });
    return body.redirect_to;
  };

  it("is led to with 307, in header and body, by a URL of the gateway's own", async () => {
    const url = new URL(await dataOf(result));
    expect(url.origin + url.pathname).toBe(`${gateway.url}/v1/StoredResults/${result.payloadSid}`);
    const leftMs = Number(url.searchParams.get("Expires")) * 1_000 - Date.now();
    expect(leftMs).toBeGreaterThan(590_000);
    expect(leftMs).toBeLessThanOrEqual(601_000);
  });

  it("comes to whoever has the URL, byte for byte, as a file and never as a page", async () => {
    const response = await fetch(await dataOf(result));
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(RESULT_DATA)),
      "content-disposition": `attachment; filename="${result.payloadSid}.json"`,
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
      "cache-control": "private, no-store",
      "twilio-request-id": expect.stringMatching(/^RQ[0-9a-f]{32}$/),
    });
    expect(await response.text()).toBe(RESULT_DATA);
  });

  it("comes to curl that follows redirects with its credentials", async () => {
    const { stdout } = await run("curl", ["-sSL", "-u", `${owner.sid}:${owner.secret}`, gateway.url + dataPath(result)]);
    expect(stdout).toBe(RESULT_DATA);
  });

  it("comes to the official client, which reads where it is and does not follow", async () => {
    const data = await twilioClient(gateway, owner).api.v2010.accounts(owner.sid).recordings(result.recordingSid).addOnResults(result.xr).payloads(result.payloadSid).data().fetch();
    const { redirect_to: url } = JSON.parse(JSON.stringify(data)) as { redirect_to: string };
    expect(await (await fetch(url)).json()).toEqual(JSON.parse(RESULT_DATA));
  });

  it.each(["Basic bm9ib2R5Ondyb25n", "Bearer x", "nonsense"])("comes in spite of other credentials: %s", async (Authorization) => {
    const response = await fetch(await dataOf(result), { headers: { Authorization } });
    expect([response.status, await response.text()]).toEqual([200, RESULT_DATA]);
  });

  it("comes in parts, and its size without it", async () => {
    const url = await dataOf(result);
    const bytes = Buffer.from(RESULT_DATA);
    const part = await fetch(url, { headers: { Range: "bytes=2-7" } });
    expect([part.status, part.headers.get("Content-Range"), await part.text()]).toEqual([206, `bytes 2-7/${bytes.length}`, bytes.toString("utf8", 2, 8)]);
    const beyond = await fetch(url, { headers: { Range: "bytes=9999-" } });
    expect([beyond.status, beyond.headers.get("Content-Range")]).toEqual([416, `bytes */${bytes.length}`]);
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("Content-Length"), await head.text()]).toEqual([200, String(bytes.length), ""]);
  });

  it("comes whole when it is large", async () => {
    const data = JSON.stringify({ noise: randomBytes(6 * 1024 * 1024).toString("hex") });
    const text = await (await fetch(await dataOf(await storeResult(gateway, owner, { data })))).text();
    expect(text.length).toBe(data.length);
    expect(text === data).toBe(true);
  });

  it.each<[string, (url: URL, other: URL) => void]>([
    ["another payload's", (url, other) => void (url.pathname = other.pathname)],
    ["a longer time", (url) => url.searchParams.set("Expires", "99999999999")],
    ["another signature", (url) => url.searchParams.set("Signature", randomBytes(32).toString("hex"))],
    ["no signature", (url) => url.searchParams.delete("Signature")],
    ["no time", (url) => url.searchParams.delete("Expires")],
    ["nothing", (url) => void (url.search = "")],
  ])("does not come to a URL that was changed: %s", async (_what, change) => {
    const url = new URL(await dataOf(result));
    change(url, new URL(await dataOf(await storeResult(gateway, owner))));
    for (const login of [null, owner]) expect(inShort(await gateway.call(login, "GET", url.pathname + url.search))).toEqual([403, 20403]);
  });

  it("does not come by what is no payload's SID", async () => {
    for (const sid of ["XH", result.xr, "%00"]) expect(inShort(await gateway.call(owner, "GET", `/v1/StoredResults/${sid}`))).toEqual([404, 20404]);
  });

  it("is gone with its payload, its result, and its object", async () => {
    const bucket = await gateway.miniflare.getR2Bucket("RECORDINGS");
    const ends: ((stored: StoredResult) => Promise<unknown>)[] = [
      (stored) => gateway.call(owner, "DELETE", dataPath(stored).replace("/Data", "")),
      (stored) => gateway.call(owner, "DELETE", dataPath(stored).replace(/\/Payloads.*/, ".json")),
      ({ key }) => bucket.delete(key),
    ];
    for (const end of ends) {
      const stored = await storeResult(gateway, owner);
      const url = new URL(await dataOf(stored));
      await end(stored);
      expect(inShort(await gateway.call(null, "GET", url.pathname + url.search))).toEqual([404, 20404]);
      expect(await bucket.head(stored.key)).toBeNull();
    }
  });

  it("is served for no account that was suspended", async () => {
    const suspended = await gateway.account("Suspended");
    const stored = await storeResult(gateway, suspended);
    const { body } = await gateway.call<{ redirect_to: string }>(suspended, "GET", dataPath(stored));
    await gateway.call(gateway.operator, "POST", `/2010-04-01/Accounts/${suspended.sid}.json`, { form: { Status: "suspended" } });
    expect((await fetch(body.redirect_to)).status).toBe(404);
  });

  it("leaves no URL that works in the log", async () => {
    const { searchParams } = new URL(await dataOf(result));
    await (await fetch(await dataOf(result))).arrayBuffer();
    expect(gateway.logs.some((line) => line.includes("/v1/StoredResults/"))).toBe(true);
    expect(gateway.logs.filter((line) => line.includes(searchParams.get("Signature") ?? "") || line.includes(result.payloadSid))).toEqual([]);
  });
});

const inShort = ({ status, body }: Answer): unknown[] => [status, body["code"]];

describe("the URL of a payload's data, after the encryption key was rotated", () => {
  it("works until it expires, while the old key is still configured", async () => {
    const [oldKey, newKey] = ["k1", "k2"].map((id) => `${id}:${randomBytes(32).toString("base64")}`);
    if (oldKey === undefined || newKey === undefined) throw new Error("no keys");
    const [before, after] = await Promise.all([startGateway({ ENCRYPTION_KEY: oldKey }), startGateway({ ENCRYPTION_KEY: newKey, ENCRYPTION_KEY_PREVIOUS: oldKey })]);
    try {
      const owner = await before.account("Owner");
      const stored = await storeResult(before, owner);
      const { body } = await before.call<{ redirect_to: string }>(owner, "GET", dataPath(stored));
      const { pathname, search } = new URL(body.redirect_to);
      // There is no such payload there; a signature that does not count is refused before that is looked at.
      expect((await after.call(null, "GET", pathname + search)).status).toBe(404);
      expect((await before.call(null, "GET", pathname + search)).status).toBe(200);
    } finally {
      await Promise.all([before.stop(), after.stop()]);
    }
  });
});
