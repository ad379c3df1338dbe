import { isObject, violationsOfSchema, type Schema, type SchemaContext } from "./openapi-schema.ts";

const STATUS: Schema = { type: "string", enum: ["successful", "failed"] };
const MESSAGE: Schema = { type: "string", nullable: true, minLength: 1 };
const CODE: Schema = { type: "integer", nullable: true };

const ENVELOPE: Schema = { type: "object", properties: { status: STATUS, message: MESSAGE, code: CODE, results: { type: "object" } } };
const RESULT: Schema = {
  type: "object",
  properties: { request_sid: { type: "string", pattern: "^XR[0-9a-f]{32}$" }, status: STATUS, message: MESSAGE, code: CODE, result: { type: "object" } },
};

const CONTEXT: SchemaContext = { schemas: {}, isUri: () => true };

/** What is wrong with `add_ons`: the public description leaves it open, the publisher guide's example does not. */
export function violationsOfEnvelope(envelope: unknown): string[] {
  const results = isObject(envelope) && isObject(envelope["results"]) ? envelope["results"] : {};
  return [
    ...violationsOfSchema(ENVELOPE, envelope, "/add_ons", CONTEXT),
    ...violationsOfStatus(envelope, "/add_ons"),
    ...Object.entries(results).flatMap(([name, result]) => violationsOfResult(result, `/add_ons/results/${name}`)),
  ];
}

/** A failed result says why in `detail`, which is the gateway's own. */
function violationsOfResult(result: unknown, path: string): string[] {
  if (!isObject(result) || result["status"] !== "failed") return [...violationsOfSchema(RESULT, result, path, CONTEXT), ...violationsOfStatus(result, path)];
  const { detail, ...failed } = result;
  const isEmpty = isObject(failed["result"]) && Object.keys(failed["result"]).length === 0;
  return [
    ...violationsOfSchema(RESULT, failed, path, CONTEXT),
    ...violationsOfStatus(failed, path),
    ...(typeof detail === "string" && detail !== "" ? [] : [`${path}/detail must be a sentence`]),
    ...(isEmpty ? [] : [`${path}/result of a failed add-on must be {}`]),
  ];
}

/** What failed has a code and a message, what succeeded has neither. */
function violationsOfStatus(part: unknown, path: string): string[] {
  if (!isObject(part)) return [];
  const failed = part["status"] === "failed";
  return ["message", "code"].flatMap((name) => ((part[name] === null) === failed ? [`${path}/${name} must ${failed ? "not " : ""}be null`] : []));
}
