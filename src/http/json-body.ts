import { ofBoundedDepth } from "../domain/json-document.ts";
import type { Problem } from "../domain/refusal.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./refused.ts";

/** A JSON body whose content the domain checks. */
export async function jsonBody(c: AppContext): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(c.req.header("Content-Type") ?? "")) {
    refuse({ kind: "invalid", parameter: "Content-Type", message: "Content-Type must be application/json" });
  }
  const document = ofBoundedDepth(await c.req.json<unknown>());
  if (!document.ok) refuse({ kind: "invalid", parameter: "body", message: `The body ${document.error}` });
  return document.value;
}

/** The first problems stand in the message, all of them in `details`. */
export function refuseProblems(what: string, problems: Problem[]): never {
  const named = problems.slice(0, 3).map(({ path, message }) => `${path || "it"} ${message}`);
  const more = problems.length > named.length ? `; and ${problems.length - named.length} more` : "";
  return refuse({ kind: "invalid", parameter: problems[0]?.path ?? "", message: `${what} is refused: ${named.join("; ")}${more}`, problems });
}
