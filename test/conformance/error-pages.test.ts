import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERROR_CODES } from "../../src/domain/error-code.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";

/** The codes of the contract with their titles in the public API's own list; for 61003 the publisher guide's spelling. */
const TITLES: [number, string][] = [
  [20001, "Unknown parameters"],
  [20003, "Authenticate"],
  [20008, "Test Credentials"],
  [20404, "Not Found"],
  [20429, "Too Many Requests"],
  [61000, "Internal server error"],
  [61001, "Request timed out"],
  [61002, "Provider could not complete request"],
  [61003, "Requirements to invoke Add-ons have not been met"],
  [61004, "No results"],
  [61005, "Bad request"],
  [61007, "Response body too large"],
  [61009, "Could not fulfill request with available data"],
];

describe("the pages of error codes", () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it.each(Object.keys(ERROR_CODES))("say what %s means, who must act, and whether it is billed, to anybody", async (code) => {
    const { status, headers, text } = await gateway.call(null, "GET", `/docs/errors/${code}`);
    expect([status, headers.get("Content-Type")]).toEqual([200, expect.stringMatching(/^text\/html; ?charset=utf-8$/i)]);
    for (const part of [`<h1>${code}: `, "What happened", "Who must act", "Billed"]) expect(text).toContain(part);
    // Guide, "SLA", "Response size", "Callback": a failed invocation is not billed, whatever its code.
    expect(text).toMatch(/<dt>Billed<\/dt><dd>No<\/dd>/);
  });

  it.each(TITLES)("give %d its public title", async (code, title) => {
    expect((await gateway.call(null, "GET", `/docs/errors/${code}`)).text).toContain(`<h1>${code}: ${title}</h1>`);
  });

  it("are not there for codes that the gateway does not use", async () => {
    for (const code of ["11100", "020404", "20404.0", "2e4", "", "<script>"]) {
      const { status, body } = await gateway.call(null, "GET", `/docs/errors/${encodeURIComponent(code)}`);
      expect([code, status, body["code"]]).toEqual([code, 404, 20404]);
    }
  });
});
