import type { CompiledVersion } from "../catalog/compiled-version.ts";
import type { InvocationFailure } from "../failure.ts";
import type { Fields } from "./template.ts";

/**
 * Guide, "request validation": a request that the publisher's schema refuses is not sent, and does not count against it.
 * The schema sees one object of every field that has a value; never credentials or audio.
 */
export function requestValidationFailure(version: CompiledVersion, fields: Fields): InvocationFailure | null {
  if (version.requestSchema === null) return null;
  const violation = version.requestSchema.validate(Object.fromEntries(fields));
  if (violation === null) return null;
  return { kind: "request_schema_refused", detail: `The add-on's request schema refuses ${violation.path || "the fields"}: ${violation.message}` };
}
