import { expect, test } from "vitest";
import { answerNumberInsight } from "../../examples/publishers/number_insight/answer.ts";

test.each([
  ["+12125550123", { valid: true, region: "US", calling_code: "1", time_zones: ["America/New_York"] }],
  ["+442079460018", { valid: true, type: "fixed_line", region: "GB", time_zones: ["Europe/London"], national_format: "020 7946 0018" }],
  ["+18778894546", { valid: true, type: "toll_free", region: "US" }],
  ["+4915123456789", { valid: true, type: "mobile", region: "DE", time_zones: ["Europe/Berlin"] }],
  // Possible, since it is long enough, but no numbering plan has an area code 000.
  ["+10000000000", { valid: false, possible: true, type: null, region: null, time_zones: [] }],
  // A satellite network's number belongs to no country.
  ["+88213300655", { valid: true, region: null, time_zones: [] }],
])("%s is %o", async (number, expected) => expect(await answerNumberInsight({ number })).toMatchObject(expected));

test("a toll-free number has the time zones of every place that can call it", async () => {
  const { time_zones } = await answerNumberInsight({ number: "+18778894546" });
  expect(time_zones).toEqual(expect.arrayContaining(["America/New_York", "America/Los_Angeles", "America/Toronto"]));
});

test.each([{}, { number: 1 }, { number: "junk" }, { number: "1".repeat(33) }])("%j gives an error object", async (parameters) => {
  expect(await answerNumberInsight(parameters)).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
});
