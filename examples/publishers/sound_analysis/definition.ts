import { readFileSync } from "node:fs";
import { z } from "zod";

/** The part of the definition that this add-on lives by; the rest is for the gateway and stays as it is in the file. */
const Definition = z.looseObject({
  unique_name: z.string(),
  request: z.looseObject({
    method: z.enum(["PUT", "POST"]),
    url: z.url(),
    query: z.record(z.string(), z.string()),
    body_format: z.literal("binary"),
    body: z.literal("{{audio_data}}"),
    credentials: z.object({ type: z.literal("basic"), username: z.string(), password: z.string() }),
  }),
});
export type SoundAnalysisDefinition = z.infer<typeof Definition>;

/** `definition.json` with where this server really is and what it really wants to be shown, ready for `POST /v1/Publisher/AddOns`. */
export function soundAnalysisDefinition(origin: string, password: string): SoundAnalysisDefinition {
  const definition = Definition.parse(JSON.parse(readFileSync(new URL("./definition.json", import.meta.url), "utf8")));
  const url = new URL(new URL(definition.request.url).pathname, origin).href;
  return { ...definition, request: { ...definition.request, url, credentials: { type: "basic", username: "gateway", password } } };
}
