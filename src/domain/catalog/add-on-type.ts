import { MESSAGE_ANSWER_BYTES, PHONE_NUMBER_ANSWER_BYTES } from "../limits.ts";

/** Where add-ons run. The guide's table of types says which type runs where. */
export const INTEGRATION_POINTS = {
  lookup: { friendlyName: "Lookup", productName: "Lookups" },
  "sms-incoming": { friendlyName: "Incoming SMS", productName: "Programmable Messaging" },
  "voice-incoming": { friendlyName: "Incoming Voice Call", productName: "Programmable Voice" },
  "recording-verb": { friendlyName: "Record Verb Recordings", productName: "Recordings" },
  "recording-api": { friendlyName: "Outbound API Recordings", productName: "Recordings" },
  "recording-conference": { friendlyName: "Conference Recordings", productName: "Recordings" },
  "recording-dial": { friendlyName: "Dial Verb Recordings", productName: "Recordings" },
} as const;

export type IntegrationPoint = keyof typeof INTEGRATION_POINTS;

export type AddOnTypeName = "phone_number" | "message_analysis" | "recording_analysis";

type AddOnType = {
  integrationPoints: readonly IntegrationPoint[];
  /** Template fields that carry the content to be analysed. */
  contentFields: readonly string[];
  /** The largest answer in decoded bytes; null where results arrive by callback. */
  answerBytes: number | null;
};

/** The guide's table of add-on types: integration points, data available to publishers, response size. */
export const ADD_ON_TYPES: Record<AddOnTypeName, AddOnType> = {
  phone_number: {
    integrationPoints: ["lookup", "sms-incoming", "voice-incoming"],
    contentFields: ["primary_address", "secondary_address"],
    answerBytes: PHONE_NUMBER_ANSWER_BYTES,
  },
  message_analysis: {
    integrationPoints: ["sms-incoming"],
    contentFields: ["primary_address", "secondary_address", "body"],
    answerBytes: MESSAGE_ANSWER_BYTES,
  },
  recording_analysis: {
    integrationPoints: ["recording-verb", "recording-api", "recording-conference", "recording-dial"],
    contentFields: ["audio_data", "callback_url", "channels", "duration", "format", "media_sid", "size"],
    answerBytes: null,
  },
};

export const isRecordingPoint = (integrationPoint: string): boolean => ADD_ON_TYPES.recording_analysis.integrationPoints.some((point) => point === integrationPoint);

/** Template fields that every type has. */
export const COMMON_FIELDS: readonly string[] = ["request_sid", "unix_timestamp"];

/** Names that a publisher's own runtime fields and configuration elements must not take. */
export const RESERVED_FIELD_NAMES: ReadonlySet<string> = new Set([
  ...COMMON_FIELDS,
  ...Object.values(ADD_ON_TYPES).flatMap((type) => type.contentFields),
]);

/** Parameters that the gateway itself adds to a publisher's request. */
export const RESERVED_PARAMETER_NAMES: ReadonlySet<string> = new Set(["InvocationDate", "InvocationTtlMs", "bodySHA256"]);

/** Names that people choose: unique names, runtime fields, configuration elements. No dot, since `AddOns.<name>.<field>` splits there. */
export const CHOSEN_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
