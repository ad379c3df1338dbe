import type { Parameters } from "./answer.ts";
import type { Definition } from "./definitions.ts";

/** Undefined for bytes that are no UTF-8, which two programs may read, and hash, differently. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The parameters, from where the definition puts them; undefined for a JSON body that is no object. */
export function readParameters(definition: Definition, query: URLSearchParams, text: string): Parameters | undefined {
  switch (definition.request.body_format) {
    case "none":
      return Object.fromEntries(query);
    case "form":
      return Object.fromEntries(new URLSearchParams(text));
    case "json":
      return parseJsonObject(text);
  }
}

function parseJsonObject(text: string): Parameters | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Where the definition has put `{{request_sid}}` among the signed parameters. */
export function requestSidParameter({ unique_name, request }: Definition): string {
  const parameters = request.body_format === "none" ? request.query : request.body;
  const found = Object.entries(parameters ?? {}).find(([, value]) => value === "{{request_sid}}");
  if (found === undefined) throw new Error(`${unique_name} has no parameter {{request_sid}}`);
  return found[0];
}
