import { describe, expect, it } from "vitest";
import type { Definition } from "../../src/domain/catalog/definition.ts";
import { INVOCATION_FAILURES } from "../../src/domain/failure.ts";
import { failureOfTestNumber, testAnswer } from "../../src/domain/response/test-answer.ts";

const NUMBERS = Array.from({ length: 10 }, (_, digit) => `+1500555000${digit}`);

const definition = (change: Partial<Definition> = {}): Definition => ({
  unique_name: "any",
  friendly_name: "Any",
  description: "Any.",
  type: "phone_number",
  extensions: ["lookup"],
  request: { method: "GET", url: "https://publisher.example.com/", query: {}, body_format: "none", body: {}, credentials: { type: "none" } },
  runtime_fields: {},
  configuration_schema: { type: "object", properties: {} },
  pricing: { model: "per_use", unit_price: "0.01", currency: "USD" },
  ...change,
});

describe("the test numbers", () => {
  const failures = NUMBERS.map(failureOfTestNumber);

  it("stand for each code that an add-on can fail with, once", () => {
    const codes = failures.flatMap((failure) => (failure === null ? [] : [INVOCATION_FAILURES[failure.kind].code]));
    const all = new Set(Object.values(INVOCATION_FAILURES).map(({ code }) => code));
    expect([codes.length, new Set(codes)]).toEqual([all.size, all]);
  });

  it("have the code's own last digit, but for 61000, whose number is 8", () => {
    const byDigit = failures.map((failure) => failure && INVOCATION_FAILURES[failure.kind].code);
    expect(byDigit).toEqual([null, 61001, 61002, 61003, 61004, 61005, null, 61007, 61000, 61009]);
  });

  it("say in a sentence without a number that they are test numbers", () => {
    for (const failure of failures) if (failure !== null) expect(failure.detail).toMatch(/^This test number stands for [^0-9]+\.$/);
  });

  it.each(["+15005550010", "+1500555000", "15005550001", "+18778894546", "+445005550001", ""])("are no others: %s", (e164) => {
    expect(failureOfTestNumber(e164)).toBeNull();
  });
});

describe("what test credentials are answered", () => {
  const sample = { found: true, "": [1, null, { deep: "é" }] };

  it("is the version's sample response, also to the number that stands for success", () => {
    for (const e164 of ["+18778894546", "+15005550006"]) {
      const answer = testAnswer(e164, definition({ sample_response: sample }));
      expect(answer.ok && JSON.parse(answer.value)).toEqual(sample);
    }
    expect(testAnswer("+18778894546", definition({ sample_response: {} }))).toEqual({ ok: true, value: "{}" });
  });

  it("is 61004 without a sample response, and what its number stands for all the same", () => {
    const [any, timedOut] = ["+18778894546", "+15005550001"].map((e164) => testAnswer(e164, definition()));
    expect(any).toEqual({ ok: false, error: { kind: "sample_response_missing", detail: expect.stringContaining("no sample response") } });
    expect(INVOCATION_FAILURES.sample_response_missing.code).toBe(61004);
    expect(timedOut).toEqual({ ok: false, error: failureOfTestNumber("+15005550001") });
  });
});
