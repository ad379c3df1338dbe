import { describe, expect, it } from "vitest";
import { DESCRIBED_PATHS } from "../support/api-descriptions.ts";
import { violationsOfAnswer, type JudgedAnswer } from "../support/api-schemas.ts";

const GATEWAY = "https://gateway.example";
const sid = (prefix: string): string => `${prefix}${"0".repeat(32)}`;

function answer(method: string, path: string, status: number, body: unknown): JudgedAnswer {
  const headers = new Headers({ "Content-Type": "application/json", "Twilio-Request-Id": sid("RQ") });
  return { method, path, status, headers, text: JSON.stringify(body).replaceAll(/https:\/\/(lookups|marketplace)\.twilio\.com/g, GATEWAY) };
}

const judged = (...args: Parameters<typeof answer>): string[] => violationsOfAnswer(answer(...args), GATEWAY);

/**
 * The published examples of phone numbers have "" where their own schema wants a URL or a SID; recordings and usage are described too, and are not served.
 */
const served = DESCRIBED_PATHS.filter(({ template }) => !/IncomingPhoneNumbers(\/\{Sid\})?\.json|Recordings|Usage|Referral/.test(template));

const examples = served.flatMap(({ template, operations }) =>
  Object.entries(operations).flatMap(([method, { responses }]) =>
    Object.entries(responses).flatMap(([status, response]) =>
      Object.entries(response.content?.["application/json"]?.examples ?? {}).map(([name, { value }]) => ({ method: method.toUpperCase(), template, status: Number(status), name, value })),
    ),
  ),
);

describe("the judge of answers: the public API's descriptions", () => {
  it.each(examples)("passes the published example $name of $method $template", ({ method, template, status, value }) => {
    expect(judged(method, template.replaceAll(/\{\w+\}/g, "X1"), status, value)).toEqual([]);
  });

  const lookup = { caller_name: null, country_code: "US", phone_number: "+18778894546", national_format: "(877) 889-4546", carrier: null, add_ons: null, url: `${GATEWAY}/v1/PhoneNumbers/+18778894546` };
  const key = { sid: sid("SK"), friendly_name: "x", date_created: "Mon, 13 Jun 2016 22:50:08 +0000", date_updated: "Mon, 13 Jun 2016 22:50:08 +0000" };
  const result = { request_sid: sid("XR"), status: "successful", message: null, code: null, result: { a: 1 } };
  const failed = { ...result, status: "failed", message: "No results", code: 61004, result: {}, detail: "It has no name." };
  const withResult = (value: object): object => ({ ...lookup, add_ons: { status: "successful", message: null, code: null, results: { spam: value } } });
  const error = { code: 20404, message: "There is nothing at this path", more_info: `${GATEWAY}/docs/errors/20404`, status: 404 };
  const installed = {
    sid: sid("XE"),
    account_sid: sid("AC"),
    friendly_name: "x",
    description: "x",
    configuration: {},
    unique_name: "x",
    date_created: "2016-04-07T23:52:28Z",
    date_updated: "2016-04-07T23:52:28Z",
    url: `${GATEWAY}/v1/InstalledAddOns/${sid("XE")}`,
    links: { extensions: `${GATEWAY}/x` },
  };
  const meta = { page: 0, page_size: 50, first_page_url: `${GATEWAY}/a`, previous_page_url: null, url: `${GATEWAY}/a`, next_page_url: null, key: "invocations" };
  const { carrier: _, ...withoutCarrier } = lookup;

  it.each<[string, Parameters<typeof answer>]>([
    ["a Lookup with a failed result", ["GET", "/v1/PhoneNumbers/+18778894546?AddOns=spam", 200, withResult(failed)]],
    ["another spelling of the path", ["GET", "/marketplace/InstalledAddOns/X1/", 200, installed]],
    ["an error with details", ["GET", "/nowhere", 404, { ...error, details: { problems: [] } }]],
    ["a list of our own", ["GET", "/v1/Invocations", 200, { invocations: [{ sid: sid("XR") }], meta }]],
  ])("passes %s", (_name, args) => {
    expect(judged(...args)).toEqual([]);
  });

  it.each<[string, Parameters<typeof answer>, string]>([
    ["a key that is not described", ["GET", "/v1/PhoneNumbers/1", 200, { ...lookup, fraud: null }], "/fraud is not in the description"],
    ["a missing key", ["GET", "/v1/PhoneNumbers/1", 200, withoutCarrier], "/carrier is missing"],
    ["null where the description has none", ["GET", `/2010-04-01/Accounts.json`, 200, { accounts: null }], "/accounts must not be null"],
    ["another type", ["GET", "/v1/PhoneNumbers/1", 200, { ...lookup, country_code: 1 }], "/country_code must be of type string"],
    ["a SID of another kind", ["GET", "/v1/InstalledAddOns/X", 200, { ...installed, sid: sid("XB") }], "/sid must match ^XE[0-9a-fA-F]{32}$"],
    ["milliseconds in a date", ["GET", "/v1/InstalledAddOns/X", 200, { ...installed, date_created: "2016-04-07T23:52:28.123Z" }], "/date_created must have the format date-time, "],
    ["a day that there is not", ["GET", "/v1/InstalledAddOns/X", 200, { ...installed, date_created: "2016-02-30T23:52:28Z" }], "/date_created must have the format date-time, "],
    ["an ISO date where RFC 2822 is described", ["GET", "/2010-04-01/Accounts/X/Keys/X.json", 200, { ...key, date_created: "2016-06-13T22:50:08Z" }], "/date_created must have the format date-time-rfc-2822"],
    ["a link to another origin", ["GET", "/v1/InstalledAddOns/X", 200, { ...installed, links: { extensions: "http://127.0.0.1/x" } }], "/links must have the format uri-map"],
    ["a key beside a list's own", ["GET", "/2010-04-01/Accounts/X/Keys.json", 200, { keys: [key], total: 1 }], "/total is not in the description"],
    ["an undescribed status", ["POST", "/v1/InstalledAddOns", 200, installed], "/v1/InstalledAddOns does not answer 200"],
    ["a key beside a result's own", ["GET", "/v1/PhoneNumbers/1", 200, withResult({ ...result, price: 1 })], "/add_ons/results/spam/price is not in the description"],
    ["a failure without a code", ["GET", "/v1/PhoneNumbers/1", 200, withResult({ ...failed, code: null })], "/add_ons/results/spam/code must not be null"],
    ["a failure with a result", ["GET", "/v1/PhoneNumbers/1", 200, withResult({ ...failed, result: { a: 1 } })], "/add_ons/results/spam/result of a failed add-on must be {}"],
    ["a success with a message", ["GET", "/v1/PhoneNumbers/1", 200, withResult({ ...result, message: "fine" })], "/add_ons/results/spam/message must be null"],
    ["an error without a code", ["GET", "/nowhere", 404, { message: "x", more_info: "x", status: 404 }], "/code is missing"],
    ["an error with another status in its body", ["GET", "/nowhere", 404, { ...error, status: 400 }], "/status must be 404"],
    ["an error that leads to another page", ["GET", "/nowhere", 404, { ...error, more_info: "https://www.twilio.com/docs/errors/20404" }], "/more_info must be the page of the code"],
    ["elements beside a list's key", ["GET", "/v1/Invocations", 200, { calls: [], meta }], "its elements must stand under invocations"],
    ["milliseconds in a date of our own", ["GET", "/v1/Publisher/AddOns/X", 200, { date_created: "2016-04-07T23:52:28.000Z" }], "/date_created must have the format date-time, "],
    ["a URL of our own at another origin", ["GET", "/v1/Invocations", 200, { invocations: [{ sid: sid("XR"), url: "http://127.0.0.1/x" }], meta }], "/invocations/0/url must have the format uri"],
    ["elements without a SID", ["GET", "/v1/Invocations", 200, { invocations: [{}], meta }], "/invocations/0 must have a sid"],
  ])("refuses %s", (_name, args, violation) => {
    expect(judged(...args).join("; ")).toContain(violation);
  });

  it("refuses an answer without a request SID, and a 204 with a body", () => {
    const noContent = answer("DELETE", "/v1/InstalledAddOns/X", 204, "");
    expect(violationsOfAnswer({ ...noContent, headers: new Headers(), text: "" }, GATEWAY)).toEqual(["it must have a Twilio-Request-Id"]);
    expect(violationsOfAnswer({ ...noContent, text: "{}" }, GATEWAY)).toEqual(["a 204 must have no body"]);
  });
});
