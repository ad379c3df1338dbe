import { sha256Hex } from "../bytes.ts";
import { err, ok, type Result } from "../result.ts";

/** A hole in a template: `{{field}}`, or `{{SHA256:field}}` for the lower-case hex hash of the field's text. */
export type TemplateField = { field: string; hashed: boolean };

/** Constant text and fields in the order they stand. A constant is a template without fields. */
export type Template = readonly (string | TemplateField)[];

const HOLE = /\{\{([^{}]*)\}\}/g;
const FIELD = /^\s*(SHA256:)?\s*([A-Za-z][A-Za-z0-9_-]{0,63})\s*$/;

/** @returns the parsed template, or a sentence that quotes the part that is not one. */
export function parseTemplate(text: string): Result<Template, string> {
  if (hasTemplate(text.replace(HOLE, " "))) return err('"{{" must be followed by a template field and "}}"');
  const parts: (string | TemplateField)[] = [];
  let end = 0;
  for (const hole of text.matchAll(HOLE)) {
    const match = FIELD.exec(hole[1] ?? "");
    if (match?.[2] === undefined) return err(`${JSON.stringify(hole[0])} is not a template field`);
    if (hole.index > end) parts.push(text.slice(end, hole.index));
    parts.push({ field: match[2], hashed: match[1] !== undefined });
    end = hole.index + hole[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return ok(parts);
}

/** Whether a text has a template field in it, where none is allowed: URLs, names, methods, credentials. */
export const hasTemplate = (text: string): boolean => text.includes("{{");

/** The one field that is all of the template, when it is: only then can a parameter keep the field's type or be left out. */
export function wholeField(template: Template): TemplateField | null {
  const [first] = template;
  return template.length === 1 && typeof first === "object" ? first : null;
}

export type FieldValue = string | number | boolean;

/** Every field that has a value, by its name. */
export type Fields = ReadonlyMap<string, FieldValue>;

/** Hashes of the fields that a definition asks for, computed before rendering, since WebCrypto is asynchronous. */
export async function hashFields(names: Iterable<string>, fields: Fields): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (const name of names) {
    const value = fields.get(name);
    if (value === undefined) continue;
    hashes.set(name, await sha256Hex(String(value)));
  }
  return hashes;
}

export type RenderContext = { fields: Fields; hashes: ReadonlyMap<string, string> };

/**
 * A parameter's value: in the field's own type when the template is exactly one field, else text.
 * @returns undefined when the parameter is left out, because the one field that it is has no value.
 */
export function renderValue(template: Template, context: RenderContext): FieldValue | undefined {
  const whole = wholeField(template);
  if (whole !== null) return valueOf(whole, context);
  let text = "";
  for (const part of template) text += typeof part === "string" ? part : (valueOf(part, context) ?? "");
  return text;
}

function valueOf(part: TemplateField, context: RenderContext): FieldValue | undefined {
  return part.hashed ? context.hashes.get(part.field) : context.fields.get(part.field);
}
