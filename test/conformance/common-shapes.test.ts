import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deadErrorPages } from "../support/error-pages.ts";
import { authorization, startGateway, type Login, type TestGateway } from "../support/gateway.ts";

const sid = (prefix: string): string => `${prefix}${"0".repeat(32)}`;

describe("what every route has in common", () => {
  let gateway: TestGateway;
  let account: Login;

  beforeAll(async () => {
    gateway = await startGateway();
    account = await gateway.account("Developer");
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await gateway.stop();
  });

  it.each([
    ["PUT", "/v1/InstalledAddOns", "GET, POST"],
    ["DELETE", "/v1/InstalledAddOns", "GET, POST"],
    ["PATCH", `/v1/InstalledAddOns/${sid("XE")}`, "DELETE, GET, POST"],
    ["POST", "/v1/AvailableAddOns", "GET"],
    ["POST", "/marketplace/AvailableAddOns/", "GET"],
    ["POST", "/v1/PhoneNumbers/+18778894546", "GET"],
    ["HEAD", "/v1/PhoneNumbers/+18778894546", "GET"],
    ["DELETE", "/2010-04-01/Accounts.json", "GET, POST"],
    ["DELETE", `/2010-04-01/Accounts/${sid("AC")}.json`, "GET, POST"],
    ["PUT", `/2010-04-01/Accounts/${sid("AC")}/Keys/${sid("SK")}`, "DELETE, GET, POST"],
    ["GET", "/v1/AuthTokens/Promote", "POST"],
    ["GET", "/v1/AuthTokens/Secondary", "DELETE, POST"],
    ["GET", `/v1/Operator/Accounts/${sid("AC")}/Credits`, "POST"],
    ["POST", "/health", "GET"],
    ["POST", "/docs/errors/20404", "GET"],
  ])("answers %s %s with 405 and the methods that it takes", async (method, path, allowed) => {
    const { status, headers, body } = await gateway.call(account, method, path);
    expect([status, headers.get("Allow")?.split(", ").toSorted((one, other) => one.localeCompare(other)).join(", ")]).toEqual([405, allowed]);
    if (method !== "HEAD") expect(body).toMatchObject({ code: 20004, status: 405 });
  });

  it.each(["/", "/v1", "/v2/PhoneNumbers/+18778894546", "/v1/InstalledAddOn", "/v1/PhoneNumbers", "/v1/PhoneNumbers/1/2", "/2010-04-01", "/2010-04-01/Accounts.xml", "/v1/InstalledAddOns.json", "/docs/errors/1", "/docs/errors/toString", "//v1/InstalledAddOns", "/%00"])(
    "answers 404 at %s, whoever asks and however",
    async (path) => {
      for (const login of [account, null]) {
        for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"]) {
          const { status, body } = await gateway.call(login, method, path);
          if (path.startsWith("/docs/") && method !== "GET") expect([status, body["code"]]).toEqual([405, 20004]);
          else expect([method, status, body["code"]]).toEqual([method, 404, 20404]);
        }
      }
    },
  );

  it.each([
    ["no credentials", {}],
    ["another scheme", { Authorization: "Bearer 0123456789abcdef" }],
    ["no Base64", { Authorization: "Basic %%%" }],
    ["no colon", { Authorization: `Basic ${Buffer.from(sid("AC")).toString("base64")}` }],
    ["no SID", authorization({ sid: "admin", secret: "admin" })],
    ["a SID of another kind", authorization({ sid: sid("XE"), secret: "0".repeat(32) })],
    ["an unknown account", authorization({ sid: sid("AC"), secret: "0".repeat(32) })],
    ["an empty token", authorization({ sid: sid("AC"), secret: "" })],
  ])("asks for Basic authentication where there is %s", async (_what, headers: Record<string, string>) => {
    for (const path of ["/v1/PhoneNumbers/+18778894546", "/2010-04-01/Accounts.json", "/v1/Publisher/AddOns", `/v1/Operator/Accounts/${sid("AC")}/Desk`]) {
      const answer = await gateway.call(null, "GET", path, undefined, headers);
      expect([answer.status, answer.body["code"], answer.body["message"]]).toEqual([401, 20003, "Authenticate"]);
      expect(answer.headers.get("WWW-Authenticate")).toMatch(/^Basic realm="[^"]+"$/);
    }
  });

  it.each(["/v1/PhoneNumbers/+18778894546", "/2010-04-01/Accounts.json", "/v1/Publisher/AddOns", "/nowhere"])("answers OPTIONS %s with 204 to anybody", async (path) => {
    for (const headers of [{}, { Origin: "https://app.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization" }]) {
      const answer = await gateway.call(null, "OPTIONS", path, undefined, headers);
      expect(answer.status).toBe(204);
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
      const listed = (name: string): Set<string> => new Set((answer.headers.get(name) ?? "").toLowerCase().split(/, ?/));
      expect(listed("Access-Control-Allow-Methods")).toEqual(new Set(["get", "post", "put", "delete", "options"]));
      expect(listed("Access-Control-Allow-Headers")).toEqual(new Set(["content-type", "authorization", "idempotency-key", "i-twilio-idempotency-token"]));
      expect(answer.headers.get("Access-Control-Allow-Credentials")).toBeNull();
    }
  });

  it.each([["GET", "/v1/PhoneNumbers/+18778894546", 200], ["GET", "/nowhere", 404], ["PUT", "/v1/InstalledAddOns", 405], ["POST", "/v1/InstalledAddOns", 400], ["GET", "/docs/errors/20404", 200], ["GET", "/health", 200]])(
    "lets pages of any origin read the answer to %s %s, but not send credentials by themselves",
    async (method, path, status) => {
      const answer = await gateway.call(account, method, path, method === "POST" ? { form: {} } : undefined, { Origin: "https://app.example" });
      expect([answer.status, answer.headers.get("Access-Control-Allow-Origin"), answer.headers.get("Access-Control-Allow-Credentials")]).toEqual([status, "*", null]);
    },
  );

  it("gives every request a SID of its own, which its log line has too", async () => {
    const paths = ["/v1/PhoneNumbers/+18778894546", "/nowhere", "/health"];
    const sids = await Promise.all(paths.map(async (path) => (await gateway.call(account, "GET", path)).headers.get("Twilio-Request-Id") ?? ""));
    expect(new Set(sids).size).toBe(paths.length);
    for (const requestSid of sids) expect(gateway.logs.filter((line) => line.includes(requestSid))).toHaveLength(1);
  });

  it.each([
    ["/2010-04-01/Accounts.json", ["/2010-04-01/Accounts", "/2010-04-01/Accounts/", "/2010-04-01/Accounts.json/"]],
    ["/2010-04-01/Accounts/{AC}/Keys.json", ["/2010-04-01/Accounts/{AC}/Keys", "/2010-04-01/Accounts/{AC}/Keys/"]],
    ["/2010-04-01/Accounts/{AC}.json", ["/2010-04-01/Accounts/{AC}", "/2010-04-01/Accounts/{AC}/"]],
    ["/v1/AvailableAddOns", ["/v1/AvailableAddOns/", "/marketplace/AvailableAddOns", "/marketplace/AvailableAddOns/"]],
    ["/v1/InstalledAddOns?PageSize=5", ["/v1/InstalledAddOns/?PageSize=5", "/marketplace/InstalledAddOns?PageSize=5"]],
    ["/v1/PhoneNumbers/+18778894546", ["/v1/PhoneNumbers/+18778894546/", "/v1/PhoneNumbers/%2B18778894546", "/v1/PhoneNumbers/8778894546"]],
  ])("answers the same at %s and at %j", async (path, others) => {
    const [answer, ...same] = await Promise.all([path, ...others].map((spelling) => gateway.call(account, "GET", spelling.replace("{AC}", account.sid))));
    expect(answer?.status).toBe(200);
    expect(same.map(({ body }) => body)).toEqual(others.map(() => answer?.body));
  });

  it("takes no alias for anything but the marketplace's own resources", async () => {
    for (const path of ["/marketplace/Listings", "/marketplace/PhoneNumbers/+18778894546", "/marketplace/Publisher/AddOns", "/marketplace", "/marketplace/AvailableAddOnsX"]) {
      expect((await gateway.call(account, "GET", path)).status).toBe(404);
    }
  });

  it("refuses a body over 1 MiB, with and without a Content-Length, and takes one of exactly that", async () => {
    const exactly = `FriendlyName=${"x".repeat(1024 * 1024 - "FriendlyName=".length)}`;
    for (const length of ["known", "unknown"] as const) {
      expect(await rename(exactly, length)).toMatchObject({ status: 400, code: 20001, message: expect.stringContaining("FriendlyName") });
      expect(await rename(`${exactly}x`, length)).toMatchObject({ status: 413, code: 20413 });
    }
  });

  const rename = (form: string, length: "known" | "unknown"): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const framing = length === "known" ? { "Content-Length": form.length } : { "Transfer-Encoding": "chunked" };
      const headers = { ...authorization(account), "Content-Type": "application/x-www-form-urlencoded", ...framing };
      const sending = request(`${gateway.url}/2010-04-01/Accounts/${account.sid}.json`, { method: "POST", headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
      });
      sending.on("error", reject);
      sending.end(form);
    });

  it("refuses a URL over 16,384 characters, and takes one of exactly that", async () => {
    const path = (length: number): string => "/health?".padEnd(length - gateway.url.length, "x");
    expect((await gateway.call(null, "GET", path(16_384))).status).toBe(200);
    expect((await gateway.call(null, "GET", path(16_385))).body).toMatchObject({ status: 414, code: 20413 });
  });
});
