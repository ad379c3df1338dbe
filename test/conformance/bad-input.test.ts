import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { authorization, startGateway, type Answer, type Body, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";
import { rawRequest, type RawAnswer } from "../support/raw-request.ts";

const MEBIBYTE = 1_048_576;
/** For titles. */
const short = (text: string): string => (text.length > 90 ? `${text.slice(0, 90)}…` : text);
const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

/** What is refused of a new number, of one that is there, and of an assignment. */
const NUMBER_PARAMETERS = [
  ...["", "PhoneNumber=", "PhoneNumber=%2B1", "PhoneNumber=4158675309", "PhoneNumber=+14158675309", "PhoneNumber=%2B14158675309;ext=5", "PhoneNumber=%2B1415867530912345", "PhoneNumber=%00"].map((form) => [form, "PhoneNumber"]),
  ["PhoneNumber=%2B14158675310&PhoneNumber=%2B14158675311", "PhoneNumber"],
  ["AreaCode=415", "AreaCode"],
]
  .map(([form = "", parameter = ""]) => ["/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json", form, parameter])
  .concat(
    [
      ...["SmsUrl", "SmsFallbackUrl", "VoiceUrl", "VoiceFallbackUrl", "StatusCallback"].flatMap((name) => ["none", "ftp://a.example.com/", "https://10.0.0.1/", "https://intranet/"].map((url) => [`${name}=${url}`, name])),
      ...["SmsMethod", "SmsFallbackMethod", "VoiceMethod", "VoiceFallbackMethod", "StatusCallbackMethod"].flatMap((name) => ["PUT", "post", ""].map((method) => [`${name}=${method}`, name])),
      ...["SmsApplicationSid", "VoiceApplicationSid", "TrunkSid", "AddressSid", "IdentitySid", "BundleSid", "EmergencyStatus", "EmergencyAddressSid", "AccountSid"].map((name) => [`${name}=x`, name]),
      ["FriendlyName=", "FriendlyName"],
      [`FriendlyName=${"n".repeat(65)}`, "FriendlyName"],
      ["ApiVersion=2008-08-01", "ApiVersion"],
      ["VoiceReceiveMode=fax", "VoiceReceiveMode"],
      ["VoiceCallerIdLookup=true", "VoiceCallerIdLookup"],
      ["Verified=yes", "Verified"],
    ].map(([form = "", parameter = ""]) => ["/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/{PN}.json", form, parameter]),
    ["", "InstalledAddOnSid=XE1", "InstalledAddOnSid={XB}"].map((form) => ["/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/{PN}/AssignedAddOns.json", form, "InstalledAddOnSid"]),
  );

/** A JSON document of so many bytes. */
const document = (bytes: number): string => `{"unique_name":"${"a".repeat(bytes - 18)}"}`;

describe("bad input", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let developer: Login;
  let addOnName: string;
  let addOn: string;
  let installed: string;
  let numbers: string;
  let numberSid: string;

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    developer = await gateway.account("Developer", "10");
    publisher.authTokens.set(developer.sid, developer.secret);
    publisher.on("/answer", answering({ found: true }));
    const json = definition(publisher, "/answer");
    addOnName = json.unique_name;
    addOn = await publish(gateway, developer, json);
    installed = await install(gateway, developer, addOn);
    numbers = `/2010-04-01/Accounts/${developer.sid}/IncomingPhoneNumbers`;
    numberSid = (await gateway.call<{ sid: string }>(developer, "POST", `${numbers}.json`, { form: { PhoneNumber: "+14158675309" } })).body.sid;
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), publisher.stop()]);
    expect(publisher.violations).toEqual([]);
    expect(gateway.logs.filter((line) => line.includes('"event":"error"'))).toEqual([]);
  });

  const post = (path: string, body?: Body): Promise<Answer> => gateway.call(developer, "POST", path.replace("{AC}", developer.sid).replace("{XE}", installed).replace("{XB}", addOn).replace("{PN}", numberSid), body);
  const raw = (requestLine: string, headers: string[] = [], chunks?: string[]): Promise<RawAnswer> =>
    rawRequest(gateway.url, [`${requestLine} HTTP/1.1`, `Authorization: ${authorization(developer)["Authorization"]}`, ...headers], chunks);

  it.each([
    { what: "nothing", raw: "" },
    { what: "half a document", raw: '{"unique_name":' },
    { what: "two documents", raw: "{}{}" },
    { what: "no JSON", raw: "unique_name=x" },
    { what: "a NUL byte", raw: "\0" },
    { what: "an unpaired bracket 100,000 times", raw: "[".repeat(100_000) },
    { what: "5,000 levels", raw: `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}` },
    { what: "an array", raw: "[]" },
    { what: "null", raw: "null" },
    { what: "a text", raw: '"\\ud800"' },
    { what: "a number beyond a double", raw: "1e999" },
    { what: "an object with the wrong keys", raw: '{"__proto__":{"unique_name":"x"},"constructor":1}' },
  ])("is refused where a JSON document is expected: $what", async ({ raw: text }) => {
    for (const path of ["/v1/Publisher/AddOns", "/v1/Publisher/AddOns/{XB}/Versions", "/v1/Publisher/AddOns/{XB}/Credentials"]) {
      expectError(await post(path, { raw: text, type: JSON_TYPE }), 400, 20001);
    }
  });

  it.each([
    { path: "/v1/Publisher/AddOns", type: FORM },
    { path: "/v1/Publisher/AddOns", type: "text/plain" },
    { path: "/v1/Publisher/AddOns", type: "application/jsonp" },
    { path: "/v1/InstalledAddOns", type: JSON_TYPE },
    { path: "/v1/InstalledAddOns", type: "text/plain" },
    { path: "/2010-04-01/Accounts/{AC}.json", type: JSON_TYPE },
    { path: "/2010-04-01/Accounts/{AC}.json", type: "nonsense" },
    { path: "/2010-04-01/Accounts/{AC}.json", type: "multipart/form-data" },
  ])("is refused by the name of the header: $path with $type", async ({ path, type }) => {
    const { body } = expectError(await post(path, { raw: '{"a":1}', type }), 400, 20001);
    expect(body["message"]).toMatch(/Content-Type/);
  });

  it.each([
    ["PageSize=0", 20001, "PageSize"],
    ["PageSize=-1", 20001, "PageSize"],
    ["PageSize=ten", 20001, "PageSize"],
    ["PageSize=%00", 20001, "PageSize"],
    ["PageSize=1e3", 20001, "PageSize"],
    ["PageSize=1&PageSize=2", 20001, "PageSize"],
    ["PageSize=1001", 20007, "PageSize"],
    ["PageSize=999999999999999999999", 20001, "PageSize"],
    ["Page=-1", 21481, "Page"],
    ["Page=999999999", 21481, "Page"],
    ["PageToken=", 21481, "PageToken"],
    ["PageToken=PA1-XX", 21481, "PageToken"],
    [`PageToken=PA${"9".repeat(40)}-XE${"0".repeat(32)}`, 21481, "PageToken"],
    ["PageToken=%ED%A0%80", 21481, "PageToken"],
  ])("is refused in every list: ?%s", async (query, code, parameter) => {
    for (const path of ["/v1/Invocations", "/v1/InstalledAddOns", "/v1/AvailableAddOns", "/v1/Publisher/AddOns", `/v1/InstalledAddOns/${installed}/Extensions`, "/2010-04-01/Accounts.json", `${numbers}.json`, `${numbers}/${numberSid}/AssignedAddOns.json`]) {
      const { body } = expectError(await gateway.call(developer, "GET", `${path}?${query}`), 400, code, path);
      expect(body["message"]).toContain(parameter);
    }
  });

  it.each([
    ["/v1/InstalledAddOns", "AcceptTermsOfService=true", "AvailableAddOnSid"],
    ["/v1/InstalledAddOns", "AvailableAddOnSid={XB}", "AcceptTermsOfService"],
    ["/v1/InstalledAddOns", "AvailableAddOnSid={XB}&AcceptTermsOfService=false", "AcceptTermsOfService"],
    ["/v1/InstalledAddOns", "AvailableAddOnSid={XB}&AcceptTermsOfService=yes", "AcceptTermsOfService"],
    ["/v1/InstalledAddOns", "AvailableAddOnSid={XB}&AvailableAddOnSid={XB}&AcceptTermsOfService=true", "AvailableAddOnSid"],
    ["/v1/InstalledAddOns", "AvailableAddOnSid=XB1&AcceptTermsOfService=true", "AvailableAddOnSid"],
    ["/v1/InstalledAddOns", "AvailableAddOnSid={XB}&AcceptTermsOfService=true&Configuration=[]", "Configuration"],
    ["/v1/InstalledAddOns", "AvailableAddOnSid={XB}&AcceptTermsOfService=true&Configuration={", "Configuration"],
    ["/v1/InstalledAddOns", "AvailableAddOnSid={XB}&AcceptTermsOfService=true&UniqueName=a.b", "UniqueName"],
    ["/v1/InstalledAddOns", `AvailableAddOnSid={XB}&AcceptTermsOfService=true&UniqueName=${"a".repeat(65)}`, "UniqueName"],
    ["/v1/InstalledAddOns/{XE}/Settings", "DailyCap=-1", "DailyCap"],
    ["/v1/InstalledAddOns/{XE}/Settings", "DailyCap=0.0000001", "DailyCap"],
    ["/v1/InstalledAddOns/{XE}/Settings", "AddOnVersionSid=XC1", "AddOnVersionSid"],
    ["/2010-04-01/Accounts/{AC}.json", `FriendlyName=${"é".repeat(65)}`, "FriendlyName"],
    ["/2010-04-01/Accounts/{AC}.json", "FriendlyName=a&FriendlyName=b", "FriendlyName"],
    ["/2010-04-01/Accounts/{AC}.json", "FriendlyName=", "FriendlyName"],
    ["/2010-04-01/Accounts/{AC}/Keys.json", `FriendlyName=${"k".repeat(65)}`, "FriendlyName"],
    ...NUMBER_PARAMETERS,
    ...["x".repeat(15), "x".repeat(129), "no%00control%00characters", "no-%C3%A9t%C3%A9-characters"].map((token) => ["/2010-04-01/Accounts/{AC}.json", `UpstreamAuthToken=${token}`, "UpstreamAuthToken"]),
    ["/v1/Listing/{XB}", "Description=text", "Description"],
    ["/v1/Listing/{XB}", `Description={"a":"${"x".repeat(70_000)}"}`, "Description"],
  ].map(([path = "", form = "", parameter = ""]) => ({ title: short(`${path} ${form}`), path, form, parameter })))("is refused by the name of the parameter: POST $title", async ({ path, form, parameter }) => {
    const { body } = expectError(await post(path, { raw: form.replaceAll("{XB}", addOn), type: FORM }), 400, 20001);
    expect(body["message"]).toContain(parameter);
  });

  it.each([
    ["StartDate=yesterday", "StartDate"],
    ["EndDate=2026-13-41", "EndDate"],
    ["Status=odd", "Status"],
    ["Code=1", "Code"],
    ["PhoneNumber=none", "PhoneNumber"],
  ])("is refused in the log's filters: ?%s", async (query, parameter) => {
    const { body } = expectError(await gateway.call(developer, "GET", `/v1/Invocations?${query}`), 400, 20001);
    expect(body["message"]).toContain(parameter);
  });

  it.each([
    ["CountryCode=ZZ", "CountryCode"],
    ["CountryCode=USA", "CountryCode"],
    ["AddOns=a.b", "AddOns"],
    ["AddOns=%00", "AddOns"],
    ["AddOns=%ED%A0%80", "AddOns"],
    [Array.from({ length: 13 }, (_, index) => `AddOns=name_${index}`).join("&"), "12"],
    ["AddOns=a&AddOns.a=1", "AddOns"],
    ["AddOns=a&AddOns.a.b.c=1", "AddOns"],
    ["AddOns=a&AddOns.a.=1", "AddOns"],
    [`AddOns=a&AddOns.a.b=${"x".repeat(4_097)}`, "4096"],
    ["AddOnsData={", "AddOnsData"],
    ["AddOnsData=[]", "AddOnsData"],
    ["AddOnsData={\"a\":{\"b\":[]}}", "AddOnsData"],
    [`AddOnsData=${"[".repeat(5_000)}${"]".repeat(5_000)}`, "AddOnsData"],
  ].map(([query = "", named = ""]) => ({ title: short(query), query, named })))("is refused by Lookup before anything runs: ?$title", async ({ query, named }) => {
    const requests = publisher.requests.length;
    const { body } = expectError(await gateway.call(developer, "GET", `/v1/PhoneNumbers/+18778894546?AddOns=${addOnName}&${query}`), 400, 20001);
    expect(body["message"]).toContain(named);
    expect(publisher.requests.length).toBe(requests);
  });

  it.each(
    ["0", "12", "+1", "+1877889454", "abc", "+1877889454612345678", "%2B1877889454x", "1".repeat(2_000), "%00", "%E0%A4%A", "%", "+1;ext=5", "(877)", "-", "%F0%9F%93%9E"].map((number) => ({ title: short(number), number })),
  )("is not found where it is no possible number: $title", async ({ number }) => {
    const { body } = expectError(await gateway.call(developer, "GET", `/v1/PhoneNumbers/${number}?AddOns=${addOnName}`), 404, 20404);
    expect(body["message"]).toContain("PhoneNumber");
  });

  it.each([
    ["GET /%", 404],
    ["GET //", 404],
    ["GET /v1//Invocations", 404],
    ["GET /v1/../v1/Invocations", 404],
    ["GET /v1/Invocations/%2e%2e", 404],
    ["GET /v1/Invocations/%E0%A4%A", 404],
    ["GET /v1/Invocations/%00", 404],
    ["GET /v1/InstalledAddOns/XE%ED%A0%80", 404],
    ["GET /é", 404],
    ["GET *", 404],
    ["GET /v1/Invocations?%=%&&=&PageSize=%", 400],
    ["GET /v1/Invocations?%00=%00&%ED%A0%80=1", 200],
    ["GET /v1/Invocations?", 200],
    ["GET /v1/AvailableAddOns?Search=%00", 200],
    ["GET /v1/AvailableAddOns?Search=%25%5F%27%22%5C%2A%5B", 200],
    [`GET /v1/AvailableAddOns?Search=${"%25a".repeat(64)}`, 200],
    [`GET /v1/AvailableAddOns?Search=${"a".repeat(129)}`, 400],
    [`GET /2010-04-01/Accounts.json?FriendlyName=${"%00".repeat(100)}`, 200],
  ] as const)("in a request line is answered: %s", async (requestLine, status) => {
    const answer = await raw(requestLine);
    expect(answer.status).toBe(status);
    if (status >= 400) expect(JSON.parse(answer.body)).toMatchObject({ status, message: expect.any(String) });
  });

  it("of an URL over 16 KB is refused, at the last character that fits it is not", async () => {
    const longest = `/v1/Invocations?x=${"a".repeat(16_384 - `${gateway.url}/v1/Invocations?x=`.length)}`;
    expect((await gateway.call(developer, "GET", longest)).status).toBe(200);
    for (const path of [`${longest}a`, `/v1/PhoneNumbers/+18778894546?AddOns=${addOnName}&x=${"a".repeat(60_000)}`, `/v1/InstalledAddOns/${"X".repeat(17_000)}`]) {
      expectError(await gateway.call(developer, "GET", path), 414, 20413);
    }
  });

  it("of a body over 1 MiB is refused, with and without Content-Length, and one of 1 MiB is read", async () => {
    for (const path of ["/v1/Publisher/AddOns", "/v1/InstalledAddOns"]) {
      expectError(await post(path, { raw: document(MEBIBYTE + 1), type: path.endsWith("Publisher/AddOns") ? JSON_TYPE : FORM }), 413, 20413);
    }
    expect(await post("/v1/Publisher/AddOns", { raw: document(MEBIBYTE) })).toMatchObject({ status: 400, body: { code: 20001 } });

    const chunked = await raw("POST /v1/Publisher/AddOns", [`Content-Type: ${JSON_TYPE}`], Array.from({ length: 17 }, () => "a".repeat(MEBIBYTE / 16)));
    expect([chunked.status, JSON.parse(chunked.body)]).toMatchObject([413, { code: 20413 }]);
    const small = await raw("POST /v1/Publisher/AddOns", [`Content-Type: ${JSON_TYPE}`], ["{", "}"]);
    expect([small.status, JSON.parse(small.body)]).toMatchObject([400, { code: 20001 }]);
    const lookup = await raw("GET /v1/PhoneNumbers/+18778894546", [`Content-Type: ${FORM}`], ["AddOns=", addOnName]);
    expect([lookup.status, JSON.parse(lookup.body)]).toMatchObject([200, { add_ons: { results: { [addOnName]: { status: "successful" } } } }]);
    const huge = await raw("GET /v1/PhoneNumbers/+18778894546", [`Content-Type: ${FORM}`], Array.from({ length: 17 }, () => "a".repeat(MEBIBYTE / 16)));
    expect(huge.status).toBe(413);
    for (const method of ["GET", "HEAD", "DELETE", "PUT"]) expect((await raw(`${method} /v1/Invocations`, [], ["ignored"])).status, method).toBeLessThan(500);
  });

  it("of a body that nobody reads is answered to a client that sends all of it first, and to one that sends nothing", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post("/v1/Publisher/AddOns", { raw: document(8 * MEBIBYTE), type: JSON_TYPE })));
    for (const answer of answers) expectError(answer, 413, 20413);
    const silent = await raw("POST /v1/Publisher/AddOns", [`Content-Type: ${JSON_TYPE}`, `Content-Length: ${2 * MEBIBYTE}`]);
    expect([silent.status, JSON.parse(silent.body)]).toMatchObject([413, { code: 20413 }]);
  });

  it.each(["PATCH", "PUT", "TRACE", "PROPFIND", "MKCOL"])("of a method that a path does not take is answered with those that it does: %s", async (method) => {
    for (const [path, allowed] of [["/v1/Invocations", ["GET"]], ["/v1/InstalledAddOns", ["GET", "POST"]], [`/v1/InstalledAddOns/${installed}`, ["GET", "POST", "DELETE"]], ["/health", ["GET"]]] as const) {
      const answer = await raw(`${method} ${path}`);
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([405, { code: 20004, status: 405 }]);
      expect((answer.headers.get("allow") ?? "").split(", ").toSorted()).toEqual([...allowed].toSorted());
    }
    expect((await raw(`${method} /v1/Nothing`)).status).toBe(404);
  });

  it("of a HEAD runs no add-on, since nobody would get the answer that is billed", async () => {
    const requests = publisher.requests.length;
    expect((await raw(`HEAD /v1/PhoneNumbers/+18778894546?AddOns=${addOnName}`)).status).toBe(405);
    expect((await raw("HEAD /v1/Invocations")).status).toBe(200);
    expect(publisher.requests.length).toBe(requests);
  });

  function expectError(answer: Answer, status: number, code: number, about?: string): Answer {
    expect({ status: answer.status, body: answer.body }, about).toEqual({
      status,
      body: { code, message: expect.any(String), more_info: `${gateway.url}/docs/errors/${code}`, status, ...("details" in answer.body && { details: expect.anything() }) },
    });
    return answer;
  }
});
