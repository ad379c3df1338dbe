import { z } from "zod";
import { addOnNames } from "./add-on-names.ts";
import { requireAddOnResults } from "./add-on-results.ts";
import { basicAuth } from "./api-client.ts";
import { anyone, works, type HttpRequest, type Work } from "./works.ts";

/** The same bytes for every system, but for whose credentials they are. Nothing for a work of another kind. */
export function lookupRequest(work: Work, caller = anyone): HttpRequest | undefined {
  const { kind, addOnCount } = works[work];
  if (kind !== "lookup") return undefined;
  const addOns = addOnNames(addOnCount).map((name) => `AddOns=${name}`);
  const headers = { authorization: basicAuth(caller) };
  return { method: "GET", path: `/v1/PhoneNumbers/+18778894546?${addOns.join("&")}`, headers };
}

const lookupAnswer = z.object({ phone_number: z.literal("+18778894546"), add_ons: z.unknown() });

/** Throws unless every add-on of the work succeeded with the publisher's own JSON. */
export function requireLookupAnswer(work: Work, text: string): void {
  const parsed = lookupAnswer.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${work}: ${z.prettifyError(parsed.error)} in ${text.slice(0, 500)}`);
  requireAddOnResults(work, parsed.data.add_ons);
}
