import { Validator } from "@cfworker/json-schema";
import { expect, test } from "vitest";
import { soundAnalysisDefinition } from "../../examples/publishers/sound_analysis/definition.ts";
import { reportOf } from "./sound-analysis-run.ts";
import { keys, sequence, silence, voice } from "./sound-analysis-synthesis.ts";

const definition = soundAnalysisDefinition("https://publisher.test", "the-password");

/** The guide's fields of a recording, and those that every type has. */
const fields = ["request_sid", "unix_timestamp", "audio_data", "callback_url", "channels", "duration", "format", "media_sid", "size"];

function schemaNamed(name: "request_schema" | "response_schema"): Validator {
  const schema = definition[name];
  if (typeof schema !== "object" || schema === null) throw new Error(`no ${name}`);
  return new Validator(schema, "4");
}

test("the definition sends recordings to the server's own origin, with the given password", () => {
  expect(definition.request.url).toBe("https://publisher.test/sound_analysis");
  expect(definition.request.credentials).toEqual({ type: "basic", username: "gateway", password: "the-password" });
  expect(JSON.stringify(definition)).not.toContain("replace-me");
});

test("it is a recording add-on with all the guide's extensions, priced by the minute", () => {
  expect(definition).toMatchObject({
    type: "recording_analysis",
    extensions: ["recording-verb", "recording-api", "recording-conference", "recording-dial"],
    pricing: { model: "per_minute" },
  });
});

test("its query has fields that a recording has", () => {
  for (const template of Object.values(definition.request.query)) expect(fields).toContain(/^\{\{(\w+)\}\}$/.exec(template)?.[1]);
});

test("only WAV files are sent to it", () => {
  expect(schemaNamed("request_schema").validate({ format: "audio/x-wav" })).toMatchObject({ valid: true });
  expect(schemaNamed("request_schema").validate({ format: "audio/mpeg" })).toMatchObject({ valid: false });
});

test("the response schema accepts the sample and what the add-on really says, and refuses something else", () => {
  const schema = schemaNamed("response_schema");
  expect(schema.validate(definition["sample_response"])).toMatchObject({ valid: true });
  expect(schema.validate(reportOf(sequence(silence(300), voice(700, 1), silence(400), keys("19"))))).toMatchObject({ valid: true });
  expect(schema.validate(reportOf(silence(300)))).toMatchObject({ valid: true });
  expect(schema.validate({ error: { code: "not_wav", message: "This is not a WAV file." } })).toMatchObject({ valid: false });
});

test("the sample has the keys of a real answer", () => {
  const sample = definition["sample_response"];
  expect(typeof sample === "object" && sample !== null ? Object.keys(sample) : []).toEqual(Object.keys(reportOf(silence(100))));
});
