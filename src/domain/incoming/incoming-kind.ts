import type { IntegrationPoint } from "../catalog/add-on-type.ts";

/** What comes in for a number. */
export type IncomingKind = "message" | "call";

type Incoming = {
  integrationPoint: IntegrationPoint;
  /** The parameter that tells one from another: a repetition with the same one is the same message or call. */
  sidParameter: "MessageSid" | "CallSid";
  /** Which of a number's webhooks hears of it, and how its parameters are called. */
  webhook: "sms" | "voice";
  urlParameter: "SmsUrl" | "VoiceUrl";
  /** Whether it has a text: guide, "{{body}}". */
  hasBody: boolean;
};

/** Guide, "integration points": where add-ons run on what comes in. */
export const INCOMING: Record<IncomingKind, Incoming> = {
  message: { integrationPoint: "sms-incoming", sidParameter: "MessageSid", webhook: "sms", urlParameter: "SmsUrl", hasBody: true },
  call: { integrationPoint: "voice-incoming", sidParameter: "CallSid", webhook: "voice", urlParameter: "VoiceUrl", hasBody: false },
};
