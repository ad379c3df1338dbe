import type { z } from "../zod.ts";
import { problemsOfConfigurationSchema } from "./configuration-schema.ts";
import { credentialsSchema, definitionSchema, requestDefinitionSchema, type Credentials, type Definition } from "./definition.ts";
import { problemsOfFields } from "./definition-fields.ts";
import { ADD_ON_TYPES, RESERVED_FIELD_NAMES } from "./add-on-type.ts";
import { problemsOfPricing } from "../billing/price.ts";
import { infiniteNumbersIn } from "../infinite-number.ts";
import { isJsonObject } from "../json-document.ts";
import { pointerToken } from "../json-pointer.ts";
import { compileSchema } from "../json-schema.ts";
import { DEFINITION_CHARACTERS, SCHEMA_CHARACTERS } from "../limits.ts";
import type { Problem } from "../refusal.ts";
import { problemsOfRequest } from "../request/request-definition.ts";
import { refuseUrl, type UrlPolicy } from "../request/url-policy.ts";
import { err, ok, type Result } from "../result.ts";

export type CheckedDefinition = { definition: Definition; credentials: Credentials | null };

/** The parts of a definition whose own shape is right. Each check uses those it needs, so that one mistake does not hide another. */
export type DefinitionParts = Partial<Definition>;

/**
 * Checks a definition that a publisher posted and names every problem at once.
 * @param input parsed JSON, of bounded depth.
 */
export function checkDefinition(input: unknown, urlPolicy: UrlPolicy): Result<CheckedDefinition, Problem[]> {
  if (!isJsonObject(input)) return err([{ path: "", message: "must be a JSON object" }]);
  const text = JSON.stringify(input);
  if (text.length > DEFINITION_CHARACTERS) return err([{ path: "", message: `must be at most ${DEFINITION_CHARACTERS} characters of JSON` }]);
  // A definition that passes is stored as this text, so what is checked is what it will say when it is read again.
  const checked = checkStored(JSON.parse(text), urlPolicy);
  const infinite = infiniteNumbersIn(input);
  if (infinite.length === 0) return checked;
  const others = checked.ok ? [] : checked.error.filter((problem) => infinite.every(({ path }) => path !== problem.path));
  return err([...infinite, ...others]);
}

function checkStored(input: Record<string, unknown>, urlPolicy: UrlPolicy): Result<CheckedDefinition, Problem[]> {
  const problems: Problem[] = [];
  const parts: DefinitionParts = partsOf(definitionSchema, input, "", problems);
  const request = isJsonObject(input["request"]) ? partsOf(requestDefinitionSchema, input["request"], "/request", []) : {};

  problems.push(
    ...problemsOfExtensions(parts),
    ...problemsOfRuntimeFields(parts),
    ...problemsOfSchemas(parts),
    ...problemsOfRequest(request, parts.type, urlPolicy),
    ...problemsOfFields(parts, request),
    ...problemsOfLinks(parts, urlPolicy),
    ...(parts.pricing === undefined ? [] : problemsOfPricing(parts.pricing, parts.type)),
    ...problemsOfRecordingParts(parts, request),
  );
  if (problems.length > 0) return err(problems);

  const { credentials, ...withoutCredentials } = definitionSchema.parse(input).request;
  const definition = { ...definitionSchema.parse(input), request: withoutCredentials };
  return ok({ definition, credentials: credentials ?? null });
}

/** Checks credentials posted on their own, against the request that they will go with. */
export function checkCredentials(input: unknown, request: Definition["request"], type: Definition["type"], urlPolicy: UrlPolicy): Result<Credentials, Problem[]> {
  const parsed = credentialsSchema.safeParse(input);
  if (!parsed.success) return err(problemsOf(parsed.error, ""));
  const problems = problemsOfRequest({ ...request, credentials: parsed.data }, type, urlPolicy).filter((problem) =>
    problem.path.startsWith("/request/credentials"),
  );
  return problems.length === 0 ? ok(parsed.data) : err(problems.map((problem) => ({ ...problem, path: problem.path.slice("/request/credentials".length) })));
}

/** Parses an object part by part, so that the parts that are right can be checked further while all problems are collected. */
function partsOf<S extends z.ZodObject>(schema: S, input: Record<string, unknown>, path: string, problems: Problem[]): Partial<z.infer<S>> {
  const parts: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(schema.shape)) {
    const parsed = (part as z.ZodType).safeParse(Object.hasOwn(input, name) ? input[name] : undefined);
    if (!parsed.success) problems.push(...problemsOf(parsed.error, `${path}/${name}`));
    else if (parsed.data !== undefined) parts[name] = parsed.data;
  }
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(schema.shape, name)) problems.push({ path: `${path}/${pointerToken(name)}`, message: "is not a key of a definition" });
  }
  return parts as Partial<z.infer<S>>;
}

/** What is wrong with the shape of a document, at its JSON Pointers. */
export const problemsOfShape = (error: z.ZodError): Problem[] => problemsOf(error, "");

function problemsOf(error: z.ZodError, path: string): Problem[] {
  return error.issues.flatMap((issue) => {
    const at = path + issue.path.map((token) => `/${pointerToken(String(token))}`).join("");
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => ({ path: `${at}/${pointerToken(key)}`, message: "is not a known key" }));
    if (issue.code === "invalid_key") return [{ path: at, message: issue.issues[0]?.message ?? issue.message }];
    // zod says what it got in its message only.
    return [{ path: at, message: issue.code === "invalid_type" && issue.message.endsWith("received undefined") ? "is required" : issue.message }];
  });
}

function problemsOfExtensions({ type, extensions }: DefinitionParts): Problem[] {
  if (type === undefined || extensions === undefined) return [];
  const served: readonly string[] = ADD_ON_TYPES[type].integrationPoints;
  return extensions.flatMap((extension, index) => {
    const path = `/extensions/${index}`;
    if (!served.includes(extension)) return [{ path, message: `${type} add-ons have the extensions ${served.join(", ")}` }];
    return extensions.indexOf(extension) < index ? [{ path, message: "stands twice" }] : [];
  });
}

function problemsOfRuntimeFields({ runtime_fields, extensions, configuration_schema }: DefinitionParts): Problem[] {
  const elements = isJsonObject(configuration_schema?.["properties"]) ? configuration_schema["properties"] : {};
  return Object.entries(runtime_fields ?? {}).flatMap(([name, field]) => {
    const path = `/runtime_fields/${pointerToken(name)}`;
    if (RESERVED_FIELD_NAMES.has(name)) return [{ path, message: "is a reserved field name" }];
    if (Object.hasOwn(elements, name)) return [{ path, message: "is a configuration element too" }];
    // Runtime data exists in Lookup only, so at any other extension the add-on could never run.
    if (field.required && extensions?.some((extension) => extension !== "lookup")) return [{ path, message: "a required runtime field goes with the extension lookup only" }];
    return [];
  });
}

function problemsOfSchemas(parts: DefinitionParts): Problem[] {
  const problems: Problem[] = [];
  let characters = 0;
  for (const name of ["configuration_schema", "request_schema", "response_schema"] as const) {
    const schema = parts[name];
    if (schema === undefined) continue;
    characters += JSON.stringify(schema).length;
    const compiled = compileSchema(schema);
    if (!compiled.ok) problems.push(...compiled.error.map((problem) => ({ ...problem, path: `/${name}${problem.path}` })));
    else if (name === "response_schema" && parts.sample_response !== undefined) {
      const violation = compiled.value.validate(parts.sample_response);
      if (violation !== null) problems.push({ path: `/sample_response${violation.path}`, message: `does not pass the response schema: ${violation.message}` });
    }
    if (name === "configuration_schema") {
      problems.push(...problemsOfConfigurationSchema(schema, parts.type).map((problem) => ({ ...problem, path: `/${name}${problem.path}` })));
    }
  }
  if (characters > SCHEMA_CHARACTERS) problems.push({ path: "", message: `the schemas together must be at most ${SCHEMA_CHARACTERS} characters of JSON` });
  return problems;
}

function problemsOfLinks(parts: DefinitionParts, urlPolicy: UrlPolicy): Problem[] {
  return (["documentation_url", "terms_url", "privacy_url"] as const).flatMap((name) => {
    const url = parts[name];
    // Only people follow these, so our own origin is fine; a scheme such as javascript: is not.
    const refused = url === undefined ? null : refuseUrl(url, { ...urlPolicy, ownOrigin: "" });
    return refused === null ? [] : [{ path: `/${name}`, message: refused }];
  });
}

function problemsOfRecordingParts(parts: DefinitionParts, request: Partial<Definition["request"]>): Problem[] {
  if (parts.type === undefined || parts.type === "recording_analysis") return [];
  return [
    ...(parts.callback_timeout === undefined ? [] : [{ path: "/callback_timeout", message: "goes with recording_analysis only" }]),
    ...(request.channels === undefined ? [] : [{ path: "/request/channels", message: "goes with recording_analysis only" }]),
  ];
}
