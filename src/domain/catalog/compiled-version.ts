import { unitPriceMicros } from "../billing/price.ts";
import { ADD_ON_TYPES } from "./add-on-type.ts";
import type { Definition } from "./definition.ts";
import { compileSchema, type CompiledSchema } from "../json-schema.ts";
import { parseParameterTree, templatesOf, type ParameterTree } from "../request/parameters.ts";
import type { Result } from "../result.ts";

/** A version in the form that invocations run: it never changes once it is installed, so it is made once and kept by its SID. */
export type CompiledVersion = {
  sid: string;
  definition: Definition;
  /** The publisher's URL in the form that it is sent and signed, up to the first parameter of ours. */
  urlPrefix: string;
  query: readonly (readonly [string, ParameterTree])[];
  body: readonly (readonly [string, ParameterTree])[];
  /** Every field that the request uses, and those of them that it uses hashed. */
  usedFields: ReadonlySet<string>;
  hashedFields: ReadonlySet<string>;
  requestSchema: CompiledSchema | null;
  responseSchema: CompiledSchema | null;
  answerBytes: number;
  /** The price of one use, or of one minute, in micro-dollars. */
  unitPriceMicros: number;
};

/** @throws when the definition is not one that `checkDefinition` passed. */
export function compileVersion(sid: string, definition: Definition): CompiledVersion {
  const { request } = definition;
  const query = Object.entries(request.query).map(([name, value]) => [name, require(parseParameterTree(value, "/request/query"))] as const);
  const bodyEntries = typeof request.body === "string" ? [] : Object.entries(request.body);
  const body = bodyEntries.map(([name, value]) => [name, require(parseParameterTree(value, "/request/body"))] as const);
  const holes = [...query, ...body].flatMap(([, tree]) => templatesOf(tree)).flatMap((template) => template.filter((part) => typeof part === "object"));
  return {
    sid,
    definition,
    urlPrefix: urlPrefixOf(request.url),
    query,
    body,
    usedFields: new Set(holes.map((hole) => hole.field)),
    hashedFields: new Set(holes.filter((hole) => hole.hashed).map((hole) => hole.field)),
    requestSchema: definition.request_schema === undefined ? null : require(compileSchema(definition.request_schema)),
    responseSchema: definition.response_schema === undefined ? null : require(compileSchema(definition.response_schema)),
    answerBytes: ADD_ON_TYPES[definition.type].answerBytes ?? 0,
    unitPriceMicros: unitPriceMicros(definition.pricing),
  };
}

/** Through the URL parser, so that what is signed is what is sent; parameters follow, so a fragment has no place. */
function urlPrefixOf(text: string): string {
  const url = new URL(text);
  url.hash = "";
  if (url.search === "") return `${url.href.replace(/\?$/, "")}?`;
  return `${url.href}&`;
}

function require<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`not a checked definition: ${JSON.stringify(result.error)}`);
  return result.value;
}
