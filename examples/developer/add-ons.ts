import { z } from "zod";

/** What an add-on that ran for a message or call has answered. */
const Ran = z.object({
  status: z.string(),
  /** Why it failed: 61001 and so on, as in the gateway's /docs/errors. */
  code: z.number().nullable(),
  result: z.unknown(),
});

export type AddOnResults = Record<string, z.infer<typeof Ran>>;

export const readAddOns = (text: unknown): AddOnResults => readResults(text, Ran);

/**
 * The parameter `AddOns` of a webhook: what there is of each add-on, by the name under which it is installed. Nothing for a parameter that is
 * missing or is not what the gateway sends: a webhook has to answer all the same.
 */
export function readResults<T>(text: unknown, schema: z.ZodType<T>): Record<string, T> {
  const envelope = z.object({ results: z.record(z.string(), schema) }).safeParse(parseJson(text));
  return envelope.success ? envelope.data.results : {};
}

/**
 * The answer of one add-on, or undefined when it did not run, failed, or answered in another shape than `schema`, which a new version
 * of it may do. One failed add-on says nothing of the others.
 */
export function answerOf<T>(results: AddOnResults, name: string, schema: z.ZodType<T>): T | undefined {
  const ran = results[name];
  if (ran === undefined) return undefined;
  const answer = ran.status === "successful" ? schema.safeParse(ran.result) : undefined;
  if (answer?.success) return answer.data;
  // The code, never the result, which is about a person.
  console.warn(JSON.stringify({ add_on: name, code: ran.code, problem: answer === undefined ? "failed" : "another shape" }));
  return undefined;
}

function parseJson(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
