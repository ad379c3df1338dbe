import { describe, expect, it } from "vitest";
import { sumOf, type Tally, tallyOf } from "../../scripts/test/tally.ts";

type File = { status: string; tests: string[] };

function reportOf(...files: File[]): string {
  return JSON.stringify({
    numTotalTests: 99,
    testResults: files.map(({ status, tests }) => ({ status, assertionResults: tests.map((result) => ({ status: result, title: "a test" })) })),
  });
}

describe("the tally of a vitest run", () => {
  it.each<[string, string | null, number, Tally]>([
    ["counts the tests of every file", reportOf({ status: "passed", tests: ["passed", "passed"] }, { status: "passed", tests: ["passed"] }), 0, { passed: 3, failed: 0 }],
    ["counts the tests that failed", reportOf({ status: "failed", tests: ["passed", "failed", "failed"] }), 1, { passed: 1, failed: 2 }],
    ["counts no test that was skipped or is to do", reportOf({ status: "passed", tests: ["passed", "skipped", "todo"] }), 0, { passed: 1, failed: 0 }],
    ["has one failure for a file that could not be loaded", reportOf({ status: "failed", tests: [] }, { status: "passed", tests: ["passed"] }), 1, { passed: 1, failed: 1 }],
    ["has one failure for each such file", reportOf({ status: "failed", tests: [] }, { status: "failed", tests: ["failed"] }), 1, { passed: 0, failed: 2 }],
    ["has one failure for an error outside every test", reportOf({ status: "passed", tests: ["passed"] }), 1, { passed: 1, failed: 1 }],
    ["has one failure for a run that found no test", reportOf(), 0, { passed: 0, failed: 1 }],
    ["has one failure for a run without a report", null, 0, { passed: 0, failed: 1 }],
    ["has one failure for a crash that left half a report", '{"testResults": [', 1, { passed: 0, failed: 1 }],
    ["has one failure for a report of another shape", '{"testResults": 3}', 0, { passed: 0, failed: 1 }],
  ])("%s", (_, report, exitCode, expected) => {
    expect(tallyOf(report, exitCode)).toEqual(expected);
  });

  it("adds up, and nothing adds up to nothing", () => {
    expect(sumOf([{ passed: 1, failed: 0 }, { passed: 20, failed: 3 }])).toEqual({ passed: 21, failed: 3 });
    expect(sumOf([])).toEqual({ passed: 0, failed: 0 });
  });
});
