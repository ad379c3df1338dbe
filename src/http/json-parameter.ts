import { isJsonObject, parseJsonDocument } from "../domain/json-document.ts";
import { z } from "./route.ts";

/** A parameter that is a JSON object as text: how form-encoded requests carry one. Its value stays the caller's own text. */
export function jsonObjectText(maxCharacters: number) {
  return z
    .string()
    .max(maxCharacters, `must be at most ${maxCharacters} characters`)
    .superRefine((text, context) => {
      const document = parseJsonDocument(text);
      if (!document.ok) context.addIssue({ code: "custom", message: document.error });
      else if (!isJsonObject(document.value)) context.addIssue({ code: "custom", message: "must be a JSON object" });
    });
}

/** The same, parsed. */
export const jsonObjectParameter = (maxCharacters: number) => jsonObjectText(maxCharacters).transform((text): Record<string, unknown> => JSON.parse(text));
