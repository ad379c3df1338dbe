import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { sumOf, type Tally, tallyOf } from "./test/tally.ts";

// npm test               types, lint and every suite
// npm test -- quick      types, lint and the unit suite
// npm test -- <filters>  vitest with these filters and options, nothing else
//
// Every step runs, also after one that failed. The last line is "N passed, N failed": types and lint are one check each.

const root = resolve(import.meta.dirname, "..");
/** The Worker, what runs in Node, and the tests that run inside workerd. */
const typedProjects = ["tsconfig.json", "tsconfig.node.json", "test/domain/tsconfig.json", "test/platform/tsconfig.json"];
/** A step that hangs is ended. The longest takes some nine minutes, and slower machines need room. */
const stepLimitMs = 40 * 60_000;

type Step = { name: string; run: () => Promise<Tally> };

process.exitCode = await runSteps(stepsOf(process.argv.slice(2)));

function stepsOf(filters: readonly string[]): Step[] {
  const checks = [
    check("types", ...typedProjects.map((project) => ["tsc", "-p", project, "--noEmit"])),
    check("lint", ["oxlint", "--deny-warnings"]),
  ];
  if (filters.length === 0) return [...checks, suite("unit"), suite("platform"), suite("conformance")];
  if (filters.length === 1 && filters[0] === "quick") return [...checks, suite("unit")];
  return [{ name: "vitest", run: () => runVitest(filters) }];
}

function check(name: string, ...commands: readonly (readonly string[])[]): Step {
  return {
    name,
    run: async () => {
      let failed = 0;
      for (const command of commands) if ((await runCommand(command)) !== 0) failed = 1;
      return { passed: 1 - failed, failed };
    },
  };
}

function suite(project: string): Step {
  return { name: project, run: () => runVitest(["--project", project]) };
}

async function runVitest(vitestArguments: readonly string[]): Promise<Tally> {
  const directory = await mkdtemp(join(tmpdir(), "dipswitch-test-"));
  const report = join(directory, "report.json");
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const exitCode = await runCommand(["vitest", "run", ...reporters, ...vitestArguments]);
    return tallyOf(await readFile(report, "utf8").catch(() => null), exitCode);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runSteps(steps: readonly Step[]): Promise<number> {
  const results: { name: string; tally: Tally; seconds: string }[] = [];
  for (const { name, run } of steps) {
    console.log(`\n── ${name}`);
    const startedAtMs = performance.now();
    const tally = await run().catch((error: unknown) => {
      console.error(error);
      return { passed: 0, failed: 1 };
    });
    results.push({ name, tally, seconds: ((performance.now() - startedAtMs) / 1000).toFixed(1) });
  }
  console.log();
  for (const { name, tally, seconds } of results) {
    console.log(`${tally.failed === 0 ? "✓" : "✗"} ${name.padEnd(12)} ${seconds.padStart(6)} s  ${tally.passed} passed, ${tally.failed} failed`);
  }
  const total = sumOf(results.map((result) => result.tally));
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

/** Runs a command with our output and no input; its exit code, or 1 where it could not start, hung or was ended. */
function runCommand([command = "", ...commandArguments]: readonly string[]): Promise<number> {
  return new Promise((resolveCode) => {
    const child = spawn(command, commandArguments, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    const limit = setTimeout(() => {
      console.error(`${command} was ended: it had not finished after ${stepLimitMs / 1000} s`);
      child.kill("SIGKILL");
    }, stepLimitMs);
    child.once("error", (error) => {
      clearTimeout(limit);
      console.error(`${command} could not be started: ${error.message}`);
      resolveCode(1);
    });
    child.once("exit", (code) => {
      clearTimeout(limit);
      resolveCode(code ?? 1);
    });
  });
}
