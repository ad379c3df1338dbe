import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import type { Belongings } from "../belongings.ts";
import type { Child } from "../child.ts";
import { httpRequest, type HttpRequest } from "../works.ts";
import { prepared, type Prepared, type SideName } from "./side.ts";

/** A side as the parent sees it. */
export type RunningSide = {
  name: SideName;
  child: Child;
  url: string;
  lookup: HttpRequest;
  /** Nothing where the system does not tell a process's peak memory. */
  runtimePid?: number | undefined;
  /** What is left to be sent. */
  prepared: Prepared[];
  /** Right answers, warm-up included. */
  answered: { lookups: number; callbacks: number };
};

const description = z.object({ url: z.string(), lookup: httpRequest, runtimePid: z.number().optional() });

type Start = { name: SideName; port: number; publisherUrl: string; bodyCount: number };

export async function startSide(belongings: Belongings, { name, port, publisherUrl, bodyCount }: Start): Promise<RunningSide> {
  const stateDir = resolve(belongings.stateDir, `callbacks-${name}`);
  await mkdir(stateDir);
  const child = belongings.start("callback-side.ts", [name, String(port), publisherUrl, stateDir]);
  const described = description.parse(await child.call("describe"));
  const ready = z.array(prepared).parse(await child.call("prepare", bodyCount));
  return { name, child, ...described, prepared: ready, answered: { lookups: 0, callbacks: 0 } };
}

/** Throws unless its own books agree. */
export async function endSide({ child, answered }: RunningSide): Promise<void> {
  await child.call("audit", answered);
  await child.stop();
}
