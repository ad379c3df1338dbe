import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { installCommand, start } from "./stand-in/command.ts";

vi.setConfig({ testTimeout: 30_000 });

const project = resolve(import.meta.dirname, "../..");

/** Writes $REPORT (two tests that passed, unless told otherwise) to where vitest's JSON reporter is told to. */
const vitestStandIn = `for argument; do case $argument in --outputFile.json=*) file=\${argument#*=} ;; esac; done
[ "$REPORT" = none ] || printf '%s' "$REPORT" > "$file"
exit \${VITEST_EXIT:-0}`;

const twoPassed = JSON.stringify({ testResults: [{ status: "passed", assertionResults: [{ status: "passed" }, { status: "passed" }] }] });

/** Runs scripts/test.ts with stand-ins for the tools that it calls; what they were called with, without vitest's reporters. */
async function runTests(testArguments: string[], variables: Record<string, string> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "dipswitch-test-command-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const log = join(directory, "calls");
  const logged = (name: string, body: string) => installCommand(join(directory, name), `echo "${name} $*" >> "${log}"\n${body}`);
  await logged("tsc", "exit ${TSC_EXIT:-0}");
  await logged("oxlint", "exit ${OXLINT_EXIT:-0}");
  await logged("vitest", vitestStandIn);
  const env = { ...process.env, PATH: [directory, process.env.PATH].join(delimiter), REPORT: twoPassed, ...variables };
  const { exitCode, stdout } = await start([process.execPath, join(project, "scripts/test.ts"), ...testArguments], env, project).ended;
  const calls = (await readFile(log, "utf8")).trim().split("\n");
  return { exitCode, stdout, lastLine: stdout.trimEnd().split("\n").at(-1), calls: calls.map((call) => call.replaceAll(/ --(reporter|outputFile\.json)=\S+/g, "")) };
}

const checks = [
  "tsc -p tsconfig.json --noEmit",
  "tsc -p tsconfig.node.json --noEmit",
  "tsc -p test/domain/tsconfig.json --noEmit",
  "tsc -p test/platform/tsconfig.json --noEmit",
  "oxlint --deny-warnings",
];
const suites = ["vitest run --project unit", "vitest run --project platform", "vitest run --project conformance"];

describe("npm test", () => {
  it.each<[string, string[], string[], string]>([
    ["checks types, lints and runs every suite", [], [...checks, ...suites], "8 passed, 0 failed"],
    ["runs the unit suite alone when it is to be quick", ["quick"], [...checks, "vitest run --project unit"], "4 passed, 0 failed"],
    ["gives anything else to vitest", ["template", "-t", "a field"], ["vitest run template -t a field"], "2 passed, 0 failed"],
  ])("%s", async (_, testArguments, calls, lastLine) => {
    const run = await runTests(testArguments);
    expect(run).toMatchObject({ exitCode: 0, calls, lastLine });
  });

  it.each<[string, Record<string, string>, string]>([
    ["types", { TSC_EXIT: "2" }, "7 passed, 1 failed"],
    ["lint", { OXLINT_EXIT: "1" }, "7 passed, 1 failed"],
    ["every suite by a crash", { REPORT: "none", VITEST_EXIT: "139" }, "2 passed, 3 failed"],
    ["an error outside the tests", { VITEST_EXIT: "1" }, "8 passed, 3 failed"],
  ])("runs the other steps after a failure of %s, and fails at the end", async (_, variables, lastLine) => {
    expect(await runTests([], variables)).toMatchObject({ exitCode: 1, calls: [...checks, ...suites], lastLine });
  });
});

/** Runs .ci/run in a directory of its own, with stand-ins for npm and Node. */
async function runCi(variables: Record<string, string>) {
  const root = await mkdtemp(join(tmpdir(), "dipswitch-ci-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await installCommand(join(root, "bin/npm"), 'echo "npm $*"; exit "${NPM_EXIT:-0}"');
  await installCommand(join(root, "bin/node"), 'echo "node $* CI=$CI"; echo "5 passed, 1 failed"; exit 1');
  await mkdir(join(root, ".ci"));
  await copyFile(join(project, ".ci/run"), join(root, ".ci/run"));
  const PATH = [join(root, "bin"), process.env.PATH].join(delimiter);
  return start([join(root, ".ci/run")], { ...process.env, PATH, ...variables }, tmpdir()).ended;
}

describe(".ci/run", () => {
  it("installs, runs what npm test runs, and ends with its line and exit code", async () => {
    const { exitCode, stdout } = await runCi({});
    expect(exitCode).toBe(1);
    expect(stdout).toBe("npm ci --include=dev --no-audit --no-fund\nnode scripts/with-dependencies.mjs scripts/test.ts CI=true\n5 passed, 1 failed\n");
  });

  it("counts an installation that failed as a failure", async () => {
    const { exitCode, stdout } = await runCi({ NPM_EXIT: "1" });
    expect(exitCode).toBe(1);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed");
  });
});
