import { z } from "zod";

export type Tally = { passed: number; failed: number };

/** The part of vitest's JSON report that is counted. */
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/**
 * The tests of one vitest run: `report` is the text of its JSON report, or null where it wrote none. What vitest calls
 * neither passed nor failed (skipped, to do) is not counted. A run that failed never counts as without failures: a file
 * that could not be loaded, an error outside a test and a crash are one failure each.
 */
export function tallyOf(report: string | null, exitCode: number): Tally {
  const tally = report === null ? { passed: 0, failed: 0 } : countTests(report);
  const nothingRan = tally.passed + tally.failed === 0;
  if (tally.failed === 0 && (exitCode !== 0 || nothingRan)) return { ...tally, failed: 1 };
  return tally;
}

function countTests(report: string): Tally {
  const parsed = reportSchema.safeParse(parseJson(report));
  if (!parsed.success) return { passed: 0, failed: 0 };
  const tally = { passed: 0, failed: 0 };
  for (const file of parsed.data.testResults) {
    const failedTests = file.assertionResults.filter((test) => test.status === "failed").length;
    tally.passed += file.assertionResults.filter((test) => test.status === "passed").length;
    tally.failed += file.status === "failed" ? Math.max(1, failedTests) : failedTests;
  }
  return tally;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // cut short by a crash
  }
}

export function sumOf(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, tally) => ({ passed: sum.passed + tally.passed, failed: sum.failed + tally.failed }),
    { passed: 0, failed: 0 },
  );
}
