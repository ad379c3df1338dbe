import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Schema } from "./openapi-schema.ts";

type Operation = { responses: Record<string, { content?: Record<string, { schema: Schema; examples?: Record<string, { value: unknown }> }> }> };
/** Beside its methods a path has texts and servers of its own. */
type Description = { paths: Record<string, Partial<Record<"get" | "post" | "delete", Operation>>>; components: { schemas: Record<string, Schema> } };

/** A path of the public API with what its methods answer, and the schemas that this refers to. */
export type DescribedPath = { template: string; pattern: RegExp; operations: Record<string, Operation>; schemas: Record<string, Schema> };

export const DESCRIBED_PATHS: readonly DescribedPath[] = ["twilio_lookups_v1", "twilio_marketplace_v1", "twilio_api_v2010_subset"].flatMap((name) => {
  const file = resolve(import.meta.dirname, "../conformance/api", `${name}.json`);
  const { paths, components }: Description = JSON.parse(readFileSync(file, "utf8"));
  return Object.entries(paths).map(([template, { get, post, delete: remove }]) => {
    const operations = { ...(get && { get }), ...(post && { post }), ...(remove && { delete: remove }) };
    return { template, pattern: patternOf(template), operations, schemas: components.schemas };
  });
});

type Described = { template: string; operation: Operation; schemas: Record<string, Schema> };

/** The description of a path, if the public API has it with this method. */
export function getDescription(method: string, path: string): Described | null {
  if (method === "POST" && canonicalPath(path) === "/v1/Recordings") return newRecording();
  // A recording's path is that of its audio, unless it says otherwise.
  if (method === "GET" && /\/Recordings\/[^/]+(?<!\.json)$/.test(canonicalPath(path))) return null;
  for (const { template, pattern, operations, schemas } of DESCRIBED_PATHS) {
    const operation = operations[method.toLowerCase()];
    if (operation !== undefined && pattern.test(canonicalPath(path))) return { template, operation, schemas };
  }
  return null;
}

/** The public API makes recordings by itself; here they are delivered, and answered as its fetching answers them. */
function newRecording(): Described {
  const fetched = getDescription("GET", "/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json");
  const answer = fetched?.operation.responses[200];
  if (fetched === null || answer === undefined) throw new Error("the public API's description has no recordings");
  return { ...fetched, operation: { responses: { 200: answer, 201: answer } } };
}

/** Each parameter is one segment; `.json` may be left out, as the gateway lets one. */
function patternOf(template: string): RegExp {
  const segments = template.replace(/\.json$/, "").split("/");
  return new RegExp(`^${segments.map((segment) => (segment.startsWith("{") ? "[^/]+?" : segment)).join("/")}(?:\\.json)?$`);
}

/** The gateway takes other spellings of a path as the same: a trailing slash, and the marketplace's own prefix. */
function canonicalPath(path: string): string {
  const [bare = ""] = path.split("?");
  return bare.replace(/(?<=.)\/$/, "").replace(/^\/marketplace\//, "/v1/");
}
