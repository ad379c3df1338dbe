import { boundedText } from "./body-limit.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./refused.ts";

/** The decoded parameters of a form body, in order, also those that no route knows. */
export async function formParameters(c: AppContext): Promise<[string, string][]> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(c.req.header("Content-Type") ?? "")) {
    return refuse({ kind: "invalid", parameter: "Content-Type", message: "Content-Type must be application/x-www-form-urlencoded" });
  }
  return [...new URLSearchParams(await boundedText(c))];
}
