import type { IntegrationPoint } from "../catalog/add-on-type.ts";

/** Public API, "Source" of a recording: how it was made, and so at which integration point add-ons hear it. */
export const RECORDING_SOURCES = {
  RecordVerb: "recording-verb",
  OutboundAPI: "recording-api",
  StartCallRecordingAPI: "recording-api",
  Trunking: "recording-api",
  Conference: "recording-conference",
  StartConferenceRecordingAPI: "recording-conference",
  DialVerb: "recording-dial",
} as const satisfies Record<string, IntegrationPoint>;

export type RecordingSource = keyof typeof RECORDING_SOURCES;

/** Whether a caller's Source is one of them, in the API's own spelling. */
export const isRecordingSource = (text: string): text is RecordingSource => Object.hasOwn(RECORDING_SOURCES, text);
