import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { startGateway, type Body, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";
import { postRecording } from "../support/recordings.ts";
import { pathOf, ROUTES, type Belonging } from "../support/routes.ts";
import { storeResult } from "../support/stored-results.ts";

const REQUESTS = 500;

/** Every parameter that some route takes; Status would close the accounts that this goes on with. */
const NAMES =
  "PageSize Page PageToken FriendlyName AddOns AddOnsData CountryCode Type AddOns.fuzzed.field AddOns.x Search Extension Code AddOnSid Start End StartDate EndDate PhoneNumber AvailableAddOnSid AcceptTermsOfService Configuration UniqueName Enabled AddOnVersionSid DailyCap ModuleInfo Description Pricing SunsetDate Amount Reason TransactionFeePercent SmsUrl SmsMethod VoiceUrl VoiceCallerIdLookup StatusCallback AreaCode TrunkSid Verified Beta Origin InstalledAddOnSid UpstreamAuthToken AccountSid CallSid Source RecordingSid RecordingUrl Duration Channels DateCreated DateCreated< ConferenceSid __proto__ constructor x[]".split(
    " ",
  );

/** Percent-encoded already: what no URL library would write. */
const NASTY = ["", "%", "%00", "%E0%A4%A", "%ED%A0%80", "%2e%2e", "%2F", "%5C", "%0D%0A", "+", "%FF%FE", "..%2f..%2fetc", "%F0%9F%93%9E", "a".repeat(5_000)];
const PLAUSIBLE = ["1", "0", "-1", "1000", "1e9", "true", "false", "lookup", "phone_number", "US", "fuzzed", "{}", "[]", "null", '{"sid":1}', '{"fuzzed":{"field":1}}', "2026-01-31", "2999-01-01T00:00:00Z", "0.000001", "+18778894546", "https://developer.example.com/sms", "GET"];

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());
const value = fc.oneof(fc.constantFrom(...NASTY), fc.constantFrom(...PLAUSIBLE).map(encoded), fc.string({ unit: "binary", maxLength: 80 }).map(encoded));
const parameter = fc.tuple(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...NAMES).map(encoded) }, { weight: 1, arbitrary: value }), value);
const parameters = fc.array(fc.oneof({ weight: 6, arbitrary: parameter }, { weight: 1, arbitrary: fc.constant(["AddOns", "steady"]) }), { maxLength: 6 }).map((list) => list.map((pair) => pair.join("=")).join("&"));

/** A definition in which something is of another type, or a document of any kind. */
const document = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.tuple(fc.constantFrom("unique_name", "type", "extensions", "request", "runtime_fields", "configuration_schema", "request_schema", "response_schema", "pricing", "sample_response", "odd"), fc.jsonValue({ maxDepth: 3 })).map(([name, item]) =>
    JSON.stringify({ unique_name: "fuzz", friendly_name: "F", description: "F", type: "phone_number", extensions: ["lookup"], request: { method: "GET", url: "https://publisher.example.com/" }, pricing: { model: "per_use", unit_price: "0.0001", currency: "USD" }, [name]: item }),
  ),
);

const body: fc.Arbitrary<Body | undefined> = fc.oneof(
  fc.constant(undefined),
  parameters.map((raw) => ({ raw, type: "application/x-www-form-urlencoded" })),
  document.map((raw) => ({ raw, type: "application/json" })),
  fc.tuple(fc.string({ unit: "binary", maxLength: 200 }), fc.constantFrom("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "nonsense")).map(([raw, type]) => ({ raw, type })),
);

const ownSid = Symbol("the account's own");
// A promoted token would shut the test out; these routes take no parameters.
const routes = ROUTES.filter(({ path }) => !path.startsWith("/v1/AuthTokens/"));
const lookups = routes.filter(({ path }) => path.startsWith("/v1/PhoneNumbers/"));
const request = fc.record({
  route: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...routes) }, { weight: 1, arbitrary: fc.constantFrom(...lookups) }),
  asOperator: fc.boolean(),
  withOwnBody: fc.boolean(),
  sids: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(ownSid) }, { weight: 1, arbitrary: value }), { minLength: 3, maxLength: 3 }),
  query: parameters,
  body,
  idempotencyKey: fc.option(fc.string({ unit: "grapheme-ascii", maxLength: 300 })),
});
type Fuzzed = typeof request extends fc.Arbitrary<infer T> ? T : never;

/** One request that is sure to get as far as a publisher. */
const whole = lookups.map((route): [Fuzzed] => [{ route, asOperator: false, withOwnBody: false, sids: [], query: "AddOns=steady", body: undefined, idempotencyKey: null }]);

describe("any request", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let developer: Login;
  let own: Record<Belonging, string>;

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    developer = await gateway.account("Developer", "10");
    publisher.authTokens.set(developer.sid, developer.secret);
    publisher.on("/answer", answering({ found: true }));
    const addOn = await publish(gateway, developer, definition(publisher, "/answer", { unique_name: "fuzzed", runtime_fields: { field: { required: false } } }));
    const { body: published } = await gateway.call<{ version: { sid: string } }>(developer, "GET", `/v1/Publisher/AddOns/${addOn}`);
    const installed = await install(gateway, developer, addOn);
    // The other one is renamed and disabled by what comes.
    await install(gateway, developer, addOn, { UniqueName: "steady" });
    const { body: list } = await gateway.call<{ extensions: { sid: string }[] }>(developer, "GET", `/v1/InstalledAddOns/${installed}/Extensions`);
    const numbers = `/2010-04-01/Accounts/${developer.sid}/IncomingPhoneNumbers`;
    const { body: number } = await gateway.call<{ sid: string }>(developer, "POST", `${numbers}.json`, { form: { PhoneNumber: "+18778894546" } });
    await gateway.call(developer, "POST", `${numbers}/${number.sid}/AssignedAddOns.json`, { form: { InstalledAddOnSid: installed } });
    const unknown = "0".repeat(32);
    const { body: recording } = await postRecording(gateway, developer);
    const result = await storeResult(gateway, developer, { recordingSid: recording.sid });
    own = {
      account: developer.sid,
      key: `SK${unknown}`,
      addOn,
      draft: addOn,
      version: published.version.sid,
      draftVersion: published.version.sid,
      installed,
      extension: list.extensions[0]?.sid ?? "",
      invocation: `XR${unknown}`,
      number: number.sid,
      assigned: installed,
      alert: `NO${unknown}`,
      recording: result.recordingSid,
      result: result.xr,
      payload: result.payloadSid,
      deadLetter: `DL${unknown}`,
      statement: `ST${unknown}`,
    };
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), publisher.stop()]);
    expect(publisher.violations).toEqual([]);
  });

  it("is answered, never with a 5xx, and every error has the one shape", async () => {
    await fc.assert(
      fc.asyncProperty(request, async ({ route, asOperator, withOwnBody, sids, query, body: other, idempotencyKey }) => {
        const left = [...sids];
        const path = pathOf(route, (belonging) => {
          const sid = left.pop();
          if (typeof sid === "string") return sid;
          // What is deleted cannot be asked again.
          return route.method === "DELETE" ? "none" : own[belonging];
        });
        const sent = route.method === "GET" ? undefined : withOwnBody ? route.body : other;
        const headers: Record<string, string> = idempotencyKey === null ? {} : { "Idempotency-Key": idempotencyKey };
        const answer = await gateway.call(asOperator ? gateway.operator : developer, route.method, `${path}?${query}`, sent, headers);
        expect(answer.status, answer.text).toBeLessThan(500);
        expect(answer.headers.get("Twilio-Request-Id")).toMatch(/^RQ[0-9a-f]{32}$/);
        if (answer.status < 400) return;
        const { code, details, ...rest } = answer.body;
        expect(rest).toEqual({ message: expect.any(String), more_info: `${gateway.url}/docs/errors/${String(code)}`, status: answer.status });
        if (details !== undefined) expect(details).toEqual({ problems: expect.any(Array) });
      }),
      { numRuns: REQUESTS, examples: whole },
    );
    expect(publisher.requests.length).toBeGreaterThan(0);
    expect(gateway.logs.filter((line) => line.includes('"event":"error"'))).toEqual([]);
  });
});
