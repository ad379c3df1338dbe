import { readFileSync } from "node:fs";
import { z } from "zod";
import { soundAnalysisDefinition, type SoundAnalysisDefinition } from "./sound_analysis/definition.ts";

/** The publisher's secrets, one per add-on: what the gateway must show in every request, besides its signature. */
export type PublisherCredentials = {
  anagramsPassword: string;
  numberInsightToken: string;
  spamScoreKey: string;
  messageSentimentKey: string;
  soundAnalysisPassword: string;
};

const Credentials = z.discriminatedUnion("type", [
  z.object({ type: z.literal("basic"), username: z.string(), password: z.string() }),
  z.object({ type: z.literal("bearer"), token: z.string() }),
  z.object({ type: z.literal("query"), params: z.record(z.string(), z.string()) }),
  z.object({ type: z.literal("body"), params: z.record(z.string(), z.string()) }),
]);
export type Credentials = z.infer<typeof Credentials>;

/** The part of a definition that this server lives by; the rest is for the gateway and stays as it is in the file. */
const Definition = z.looseObject({
  unique_name: z.string(),
  request: z.looseObject({
    method: z.enum(["GET", "POST"]),
    url: z.url(),
    query: z.record(z.string(), z.string()).optional(),
    body_format: z.enum(["none", "form", "json"]),
    body: z.record(z.string(), z.unknown()).optional(),
    credentials: Credentials,
  }),
});
export type Definition = z.infer<typeof Definition>;

/** Each `definition.json` is complete but for where this server really is and what it really wants to be shown. */
function define(folder: string, origin: string, credentials: Credentials): Definition {
  const file = new URL(`./${folder}/definition.json`, import.meta.url);
  const definition = Definition.parse(JSON.parse(readFileSync(file, "utf8")));
  const url = new URL(new URL(definition.request.url).pathname, origin).href;
  return { ...definition, request: { ...definition.request, url, credentials } };
}

/** The five definitions, ready for `POST /v1/Publisher/AddOns`. The server answers what they say, so the two cannot differ. */
export function definitions(origin: string, credentials: PublisherCredentials): (Definition | SoundAnalysisDefinition)[] {
  return [...answeringDefinitions(origin, credentials), soundAnalysisDefinition(origin, credentials.soundAnalysisPassword)];
}

/** The four that answer at once; `sound_analysis` calls back. */
export function answeringDefinitions(origin: string, credentials: PublisherCredentials): Definition[] {
  return [
    define("anagrams", origin, { type: "basic", username: "gateway", password: credentials.anagramsPassword }),
    define("number_insight", origin, { type: "bearer", token: credentials.numberInsightToken }),
    define("spam_score", origin, { type: "body", params: { api_key: credentials.spamScoreKey } }),
    define("message_sentiment", origin, { type: "query", params: { key: credentials.messageSentimentKey } }),
  ];
}
