import { boundedText } from "./body-limit.ts";
import type { AppContext } from "./context.ts";

/**
 * The parameters of the query and, where there is one, of a form body: the publisher guide's own curl sends them in the body of a GET.
 * A parameter's values keep their order.
 */
export async function decodedParameters(c: AppContext): Promise<[string, string][]> {
  const entries = Object.entries(c.req.queries()).flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));
  if (c.req.raw.body !== null && /^application\/x-www-form-urlencoded\s*(;|$)/i.test(c.req.header("Content-Type") ?? "")) {
    entries.push(...new URLSearchParams(await boundedText(c)));
  }
  return entries;
}
