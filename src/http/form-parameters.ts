import { FORM_PARAMETERS } from "../domain/limits.ts";
import { boundedText } from "./body-limit.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./refused.ts";

const isForm = (c: AppContext): boolean => /^application\/x-www-form-urlencoded\s*(;|$)/i.test(c.req.header("Content-Type") ?? "");

/** The decoded parameters of a form body, in order, also those that no route knows. */
export async function formParameters(c: AppContext): Promise<URLSearchParams> {
  if (!isForm(c)) return refuse({ kind: "invalid", parameter: "Content-Type", message: "Content-Type must be application/x-www-form-urlencoded" });
  return parseForm(await boundedText(c));
}

/**
 * The parameters of the query and, where there is one, of a form body: the publisher guide's own curl sends them in the body of a GET.
 * A parameter's values keep their order.
 */
export async function decodedParameters(c: AppContext): Promise<[string, string][]> {
  const entries = Object.entries(c.req.queries()).flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));
  if (c.req.raw.body !== null && isForm(c)) entries.push(...parseForm(await boundedText(c)));
  return entries;
}

/** Counted before they are taken apart: a megabyte of separators becomes half a million parameters and hundreds of megabytes. */
function parseForm(text: string): URLSearchParams {
  let separators = 0;
  for (let at = text.indexOf("&"); at >= 0 && separators < FORM_PARAMETERS; at = text.indexOf("&", at + 1)) separators += 1;
  if (separators >= FORM_PARAMETERS) refuse({ kind: "invalid", parameter: "body", message: `The body must have at most ${FORM_PARAMETERS} parameters` });
  return new URLSearchParams(text);
}
