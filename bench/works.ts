import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { publisherAnswer } from "./publisher-answer.ts";

/** What every system is asked to do, by name. */
export const works = {
  "lookup-1": { addOnCount: 1 },
  "lookup-3": { addOnCount: 3 },
  "lookup-5": { addOnCount: 5 },
};

export type Work = keyof typeof works;

export const workNames: readonly Work[] = ["lookup-1", "lookup-3", "lookup-5"];

export const httpRequest = z.object({
  method: z.enum(["GET", "POST"]),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
});

export type HttpRequest = z.infer<typeof httpRequest>;

const anyone = `Basic ${btoa(`AC${"0".repeat(32)}:${"0".repeat(32)}`)}`;

export function addOnNamesOf(work: Work): string[] {
  return Array.from({ length: works[work].addOnCount }, (_, index) => `bench_${index + 1}`);
}

/** The same bytes for every system, but for whose credentials they are. */
export function lookupRequest(work: Work, authorization: string = anyone): HttpRequest {
  const addOns = addOnNamesOf(work).map((name) => `AddOns=${name}`);
  return { method: "GET", path: `/v1/PhoneNumbers/+18778894546?${addOns.join("&")}`, headers: { authorization } };
}

const lookupAnswer = z.object({
  phone_number: z.literal("+18778894546"),
  add_ons: z.object({
    status: z.literal("successful"),
    results: z.record(
      z.string(),
      z.object({
        request_sid: z.string().regex(/^XR[0-9a-f]{32}$/),
        status: z.literal("successful"),
        code: z.null(),
        result: z.unknown(),
      }),
    ),
  }),
});

/** Throws unless every add-on of the work succeeded with the publisher's own JSON. */
export function requireLookupAnswer(work: Work, text: string): void {
  const parsed = lookupAnswer.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${work}: ${z.prettifyError(parsed.error)} in ${text.slice(0, 500)}`);
  const { results } = parsed.data.add_ons;
  const names = addOnNamesOf(work);
  if (!isDeepStrictEqual(Object.keys(results).toSorted(), names)) {
    throw new Error(`${work}: results of ${Object.keys(results).join(", ")} where ${names.join(", ")} were asked for`);
  }
  for (const name of names) requirePublisherAnswer(work, results[name]?.result);
}

export function requirePublisherAnswer(work: Work, value: unknown): void {
  if (!isDeepStrictEqual(value, publisherAnswer)) throw new Error(`${work}: not what the publisher answered`);
}
