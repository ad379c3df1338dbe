import { expect, test } from "vitest";
import { ADD_ON_TYPES } from "../../../src/domain/catalog/add-on-type.ts";
import { isRecordingSource, RECORDING_SOURCES } from "../../../src/domain/recording/recording-source.ts";

test("Every way to make a recording leads to an integration point of recording add-ons, and none of these is without a way", () => {
  expect(new Set(Object.values(RECORDING_SOURCES))).toEqual(new Set(ADD_ON_TYPES.recording_analysis.integrationPoints));
});

test.each([
  ["RecordVerb", "recording-verb"],
  ["OutboundAPI", "recording-api"],
  ["StartCallRecordingAPI", "recording-api"],
  ["Trunking", "recording-api"],
  ["Conference", "recording-conference"],
  ["StartConferenceRecordingAPI", "recording-conference"],
  ["DialVerb", "recording-dial"],
] as const)("%s is heard at %s", (source, integrationPoint) => {
  expect(isRecordingSource(source)).toBe(true);
  expect(RECORDING_SOURCES[source]).toBe(integrationPoint);
});

test.each(["", "recordverb", "Record Verb", "RecordVerb ", "constructor", "__proto__", "toString"])("%j is no source", (text) => {
  expect(isRecordingSource(text)).toBe(false);
});
