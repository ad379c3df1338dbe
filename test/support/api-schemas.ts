import { violationsOfEnvelope } from "./add-ons-envelope.ts";
import { getDescription } from "./api-descriptions.ts";
import { isObject, violationsOfSchema, type Schema, type SchemaContext } from "./openapi-schema.ts";

/** An answer of the gateway, whoever asked for it. */
export type JudgedAnswer = { method: string; path: string; status: number; headers: { get(name: string): string | null }; text: string };

/**
 * What is wrong with an answer: by the public API's description of its method and path, where there is one; by the shape of errors for
 * every error; by the shape of a list for the lists that are the gateway's own.
 * @param publicUrl the origin that every absolute URL in the answer must have.
 */
export function violationsOfAnswer(answer: JudgedAnswer, publicUrl: string): string[] {
  const violations = /^RQ[0-9a-f]{32}$/.test(answer.headers.get("Twilio-Request-Id") ?? "") ? [] : ["it must have a Twilio-Request-Id"];
  if (answer.method === "HEAD") return violations;
  if (answer.status === 204) return answer.text === "" ? violations : [...violations, "a 204 must have no body"];
  if (answer.status >= 400) return [...violations, ...violationsOfError(answer, publicUrl)];
  return [...violations, ...violationsOfDescribed(answer, publicUrl)];
}

function violationsOfDescribed(answer: JudgedAnswer, publicUrl: string): string[] {
  const { method, path, status } = answer;
  const body = jsonOf(answer);
  const described = getDescription(method, path);
  if (described === null) return path.startsWith("/v1/") && isObject(body) ? violationsOfOwn(body, publicUrl) : [];
  const response = described.operation.responses[status];
  if (response === undefined) return [`${described.template} does not answer ${status}`];
  const schema = response.content?.["application/json"]?.schema;
  if (schema === undefined) return [];
  if (body === undefined) return ["it must be JSON, with that Content-Type"];
  const addOns = isObject(body) ? (body["add_ons"] ?? null) : null;
  return [...violationsOfSchema(schema, body, "", contextOf(described.template, described.schemas, publicUrl)), ...(addOns === null ? [] : violationsOfEnvelope(addOns))];
}

/** Under `/v1` URLs are absolute and the gateway's own; under `/2010-04-01` those of its own resources are paths. */
function contextOf(path: string, schemas: Record<string, Schema>, publicUrl: string): SchemaContext {
  const isOwn = (text: string): boolean => text.startsWith(`${publicUrl}/`) && URL.canParse(text);
  return { schemas, isUri: path.startsWith("/2010-04-01/") ? isClassicUri : isOwn };
}

const isClassicUri = (text: string): boolean => text.startsWith("/2010-04-01/") || (/^https?:/.test(text) && URL.canParse(text));

const ERROR: Schema = {
  type: "object",
  properties: { code: { type: "integer" }, message: { type: "string", minLength: 1 }, more_info: { type: "string" }, status: { type: "integer" } },
};

function violationsOfError(answer: JudgedAnswer, publicUrl: string): string[] {
  const body = jsonOf(answer);
  if (!isObject(body)) return ["an error must be a JSON object"];
  const { details, ...error } = body;
  const violations = violationsOfSchema(ERROR, error, "", { schemas: {}, isUri: () => true });
  if (details !== undefined && !isObject(details)) violations.push("/details must be an object");
  if (error["status"] !== answer.status) violations.push(`/status must be ${answer.status}`);
  // A gateway whose settings are wrong has no public URL to make a link with.
  const origins = answer.status === 500 ? [publicUrl, ""] : [publicUrl];
  if (!origins.some((origin) => error["more_info"] === `${origin}/docs/errors/${String(error["code"])}`)) violations.push("/more_info must be the page of the code");
  return violations;
}

const META: Schema = {
  type: "object",
  properties: {
    page: { type: "integer" },
    page_size: { type: "integer" },
    first_page_url: { type: "string", format: "uri" },
    previous_page_url: { type: "string", format: "uri", nullable: true },
    url: { type: "string", format: "uri" },
    next_page_url: { type: "string", format: "uri", nullable: true },
    key: { type: "string", pattern: "^[a-z_]+s$" },
  },
};

/** What the gateway's own resources have in common with those of the public API, where they have it. */
const COMMON_PROPERTIES: Record<string, Schema> = {
  sid: { type: "string", pattern: "^[A-Z]{2}[0-9a-f]{32}$" },
  account_sid: { type: "string", nullable: true, pattern: "^AC[0-9a-f]{32}$" },
  date_created: { type: "string", format: "date-time" },
  date_updated: { type: "string", format: "date-time" },
  url: { type: "string", format: "uri" },
  links: { type: "object", format: "uri-map" },
};

/** The gateway's own lists page like those of the public API: `meta`, and under its `key` elements that each have a SID. */
function violationsOfOwn({ meta, ...rest }: Record<string, unknown>, publicUrl: string): string[] {
  const context = contextOf("/v1/", {}, publicUrl);
  if (meta === undefined) return violationsOfResource(rest, "", context);
  const key = isObject(meta) ? String(meta["key"]) : "";
  const items = rest[key];
  const violations = violationsOfSchema(META, meta, "/meta", context);
  if (!Array.isArray(items) || Object.keys(rest).length !== 1) return [...violations, `its elements must stand under ${key}, and nothing else beside meta`];
  return [...violations, ...items.flatMap((item, index) => (isObject(item) && "sid" in item ? violationsOfResource(item, `/${key}/${index}`, context) : [`/${key}/${index} must have a sid`]))];
}

function violationsOfResource(resource: Record<string, unknown>, path: string, context: SchemaContext): string[] {
  const common = Object.entries(COMMON_PROPERTIES).filter(([name]) => Object.hasOwn(resource, name));
  return common.flatMap(([name, schema]) => violationsOfSchema(schema, resource[name], `${path}/${name}`, context));
}

/** The body, if the answer says that it is JSON and it is. */
function jsonOf({ headers, text }: JudgedAnswer): unknown {
  if (!/^application\/json\b/.test(headers.get("Content-Type") ?? "")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
