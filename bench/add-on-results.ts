import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { addOnNames } from "./add-on-names.ts";
import { publisherAnswer } from "./publisher-answer.ts";
import { works, type Work } from "./works.ts";

const addOns = z.object({
  status: z.literal("successful"),
  message: z.null(),
  code: z.null(),
  results: z.record(
    z.string(),
    z.object({
      request_sid: z.string().regex(/^XR[0-9a-f]{32}$/),
      status: z.literal("successful"),
      message: z.null(),
      code: z.null(),
      result: z.unknown(),
    }),
  ),
});

/** Throws unless exactly the work's add-ons ran and every one succeeded with the publisher's own JSON. */
export function requireAddOnResults(work: Work, value: unknown): void {
  const parsed = addOns.safeParse(value);
  if (!parsed.success) throw new Error(`${work}: ${z.prettifyError(parsed.error)} in ${JSON.stringify(value).slice(0, 500)}`);
  const { results } = parsed.data;
  const names = addOnNames(works[work].addOnCount);
  if (!isDeepStrictEqual(Object.keys(results).toSorted(), names)) {
    throw new Error(`${work}: results of ${Object.keys(results).join(", ")} where ${names.join(", ")} should have run`);
  }
  for (const name of names) requirePublisherAnswer(work, results[name]?.result);
}

export function requirePublisherAnswer(work: Work, value: unknown): void {
  if (!isDeepStrictEqual(value, publisherAnswer)) throw new Error(`${work}: not what the publisher answered`);
}
