import { parseArgs } from "node:util";
import { z } from "zod";
import { systemNames, type SystemName } from "./system.ts";

export type Options = {
  isQuick: boolean;
  systems: readonly SystemName[];
  jsonFile: string | undefined;
  stateDir: string | undefined;
  /** Everything at full length: only then do the figures belong in `results.md`. */
  isComplete: boolean;
};

const usage = `npm run bench -- [--quick] [--only SYSTEM,…] [--json FILE] [--state-dir DIR]
  --quick      shorter runs, one to two minutes in all; results.md stays as it is
  --only       only these of ${systemNames.join(", ")}; results.md stays as it is
  --json       also write the figures to FILE
  --state-dir  where databases stand meanwhile; on a memory disk the gateway never waits for the real one,
               and results.md stays as it is`;

function refuse(problem: string): never {
  process.stderr.write(`${problem}\n${usage}\n`);
  process.exit(2);
}

function parse() {
  try {
    return parseArgs({
      options: { quick: { type: "boolean" }, only: { type: "string" }, json: { type: "string" }, "state-dir": { type: "string" } },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** Ends the process with the usage when the command line is not understood. */
export function readOptions(): Options {
  const { quick, only, json, "state-dir": stateDir } = parse();
  const wanted = z.array(z.enum(systemNames)).optional().safeParse(only?.split(","));
  if (!wanted.success) return refuse(`--only ${only}: no such system`);
  const systems = systemNames.filter((name) => wanted.data === undefined || wanted.data.includes(name));
  const isComplete = quick !== true && only === undefined && stateDir === undefined;
  return { isQuick: quick === true, systems, jsonFile: json, stateDir, isComplete };
}
