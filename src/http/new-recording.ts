import { RECORDING_MAX_MS, isWav, timedProbe, wavProbe, type AudioProbe } from "../domain/recording/measured-audio.ts";
import { isRecordingSource, RECORDING_SOURCES, type RecordingSource } from "../domain/recording/recording-source.ts";
import { isSid } from "../domain/sid.ts";
import { accountOfSid } from "./caller.ts";
import type { AppContext } from "./context.ts";
import { notFoundMessage, refuse } from "./refused.ts";
import { z } from "./route.ts";

const sid = (prefix: "AC" | "CA" | "RE") => z.string().refine((text) => isSid(prefix, text), `must be ${prefix} and 32 hexadecimal digits in lower case`);

/** They come in the query or, where the body is a form, there; so that Source is required is checked once they are put together. */
export const newRecordingParameters = z.object({
  AccountSid: z.string().optional().openapi({ description: "Whose recording it is: the operator must say it, and an account may only name itself" }),
  CallSid: sid("CA").optional(),
  Source: z.string().optional().openapi({ enum: Object.keys(RECORDING_SOURCES), description: "Required. How it was made; it decides at which integration point add-ons hear it" }),
  RecordingSid: sid("RE").optional().openapi({ description: "The same one again is the same recording. Without it, the gateway makes one" }),
  Duration: z
    .string()
    .regex(/^\d{1,6}(?:\.\d{1,6})?$/, "must be a number of seconds, such as 12 or 12.5")
    .transform((text) => Math.round(Number(text) * 1_000))
    .refine((durationMs) => durationMs > 0 && durationMs <= RECORDING_MAX_MS, `must be more than 0 and at most ${RECORDING_MAX_MS / 1_000} seconds`)
    .optional()
    .openapi({ type: "string", description: "Seconds. WAV is measured instead; every other format needs it" }),
  Channels: z
    .string()
    .regex(/^[12]$/, "must be 1 or 2")
    .optional()
    .openapi({ description: "WAV is measured instead; every other format has one channel" }),
  RecordingUrl: z.string().optional().openapi({ description: "An https URL to fetch the audio from, in place of a body" }),
});

export type NewRecordingParameters = z.infer<typeof newRecordingParameters>;

/** What of a new recording does not depend on its audio. */
export type NewRecording = { accountSid: string; callSid: string | null; source: RecordingSource; recordingSid: string | undefined };

export async function newRecordingOf(c: AppContext, given: NewRecordingParameters): Promise<NewRecording> {
  const { Source: source } = given;
  if (source === undefined) return refuse({ kind: "invalid", parameter: "Source", message: "Source is required" });
  if (!isRecordingSource(source)) return refuse({ kind: "invalid", parameter: "Source", message: `Source must be one of ${Object.keys(RECORDING_SOURCES).join(", ")}` });
  return { accountSid: await ownerOf(c, given.AccountSid), callSid: given.CallSid ?? null, source, recordingSid: given.RecordingSid };
}

/** Somebody else's account is not found, never forbidden. */
async function ownerOf(c: AppContext, accountSid: string | undefined): Promise<string> {
  const { gateway, caller } = c.var;
  if (!caller.isOperator && (accountSid === undefined || accountSid === caller.account.sid)) return caller.account.sid;
  if (accountSid === undefined) return refuse({ kind: "invalid", parameter: "AccountSid", message: "AccountSid is required: the operator delivers for an account" });
  const account = caller.isOperator ? await accountOfSid(gateway, accountSid) : null;
  if (account === null) return refuse({ kind: "not_found", message: notFoundMessage("account", accountSid) });
  const { status } = account.status === "active" ? account : ((await gateway.recheckAccount(accountSid)) ?? account);
  return status === "active" ? account.sid : refuse({ kind: "account_not_active", accountSid: account.sid });
}

/** A type and its parameters, as RFC 9110 spells them: it is stored, and sent again with the audio. */
const AUDIO_TYPE = /^audio\/[\w!#$&^.+-]{1,64}(?:[ \t]*;[ \t]*[\w!#$&^.+-]{1,64}=(?:[\w!#$&^.+-]{1,64}|"[\w !#$&^.+,/:-]{0,64}"))*$/i;
const AUDIO_TYPE_CHARACTERS = 255;

/** @param parameter who is to blame for the media type. */
export function probeOf(mediaType: string, given: NewRecordingParameters, parameter: "Content-Type" | "RecordingUrl"): AudioProbe {
  if (mediaType.length > AUDIO_TYPE_CHARACTERS || !AUDIO_TYPE.test(mediaType)) {
    const message = parameter === "Content-Type" ? "Content-Type must be the audio's, such as audio/x-wav" : "RecordingUrl must answer with the audio's Content-Type, such as audio/x-wav";
    return refuse({ kind: "invalid", parameter, message });
  }
  if (isWav(mediaType)) return wavProbe();
  const { Duration: durationMs, Channels: channels = "1" } = given;
  if (durationMs === undefined) return refuse({ kind: "invalid", parameter: "Duration", message: "Duration is required: only WAV is measured" });
  if (channels !== "1") return refuse({ kind: "invalid", parameter: "Channels", message: "Channels must be 1: only WAV may have two" });
  return timedProbe(durationMs);
}
