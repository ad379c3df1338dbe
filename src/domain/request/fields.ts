import type { InstalledAddOn } from "../catalog/install.ts";
import type { InvocationFailure } from "../failure.ts";
import { err, ok, type Result } from "../result.ts";
import type { Fields, FieldValue } from "./template.ts";

/** What an integration point offers to an add-on: by template field, only those that have a value there. */
export type Content = ReadonlyMap<string, string>;

/**
 * Every field of an invocation that has a value. Guide, "template fields": identifiers, configuration, runtime fields, content.
 * @param runtimeData what the developer sent for this add-on; names that the definition does not declare are not fields.
 * @param startedAtMs the start of the invocation: retries repeat it.
 */
export function fieldsOf(
  installed: InstalledAddOn,
  requestSid: string,
  content: Content,
  runtimeData: ReadonlyMap<string, string>,
  startedAtMs: number,
): Result<Fields, InvocationFailure> {
  const fields = new Map<string, FieldValue>([
    ["request_sid", requestSid],
    ["unix_timestamp", Math.floor(startedAtMs / 1_000)],
  ]);
  for (const [name, value] of Object.entries(installed.configuration)) fields.set(name, value);
  for (const [name, { required }] of Object.entries(installed.version.definition.runtime_fields)) {
    const value = runtimeData.get(name);
    if (value !== undefined) fields.set(name, value);
    else if (required) return err({ kind: "runtime_field_missing", detail: `The runtime field ${name} is required.` });
  }
  for (const [name, value] of content) fields.set(name, value);
  return ok(fields);
}

/** The first content field that a request needs and that has no value here (61009): an optional field is simply left out. */
export function missingContent(installed: InstalledAddOn, contentFields: readonly string[], fields: Fields): InvocationFailure | null {
  const missing = contentFields.find((name) => installed.version.usedFields.has(name) && !fields.has(name));
  if (missing === undefined) return null;
  return { kind: "content_missing", detail: `The field ${missing} has no value at this integration point.` };
}
