import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { startChild, type Child } from "./child.ts";

/** Everything that a run starts or makes; `end` stops and removes it. */
export type Belongings = {
  /** Beside the benchmark and not in the system's temporary directory, which may be memory: databases belong on a disk. */
  stateDir: string;
  start(program: string, args?: readonly string[]): Child;
  end(): Promise<void>;
};

export function startBelongings(parentDir: string = import.meta.dirname): Belongings {
  const stateDir = mkdtempSync(resolve(parentDir, ".state-"));
  const children: Child[] = [];
  return {
    stateDir,
    start(program, args = []) {
      const child = startChild(resolve(import.meta.dirname, "processes", program), args);
      children.push(child);
      return child;
    },
    async end() {
      await Promise.allSettled(children.toReversed().map((child) => child.stop()));
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
