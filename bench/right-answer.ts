import { requireLookupAnswer } from "./lookup.ts";
import { requireMessageAnswer } from "./message.ts";
import { works, type Work } from "./works.ts";

/** Throws unless the body of a 2xx is the work's right answer. */
export function requireAnswer(work: Work, body: string): void {
  if (works[work].kind === "lookup") requireLookupAnswer(work, body);
  else requireMessageAnswer(work, body);
}
