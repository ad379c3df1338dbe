import { normalizedE164, type ParsedPhoneNumber } from "../domain/phone-number.ts";
import { refuseUrl } from "../domain/request/url-policy.ts";
import { getPhoneNumber, type PhoneNumberChange, type PhoneNumberRow } from "../platform/d1/phone-numbers.ts";
import type { AppContext } from "./context.ts";
import { refuse, required } from "./refused.ts";
import { booleanParameter, z } from "./route.ts";

/** A number of the account that the path is about. */
export async function requirePhoneNumber(c: AppContext, sid: string): Promise<PhoneNumberRow> {
  return required(await getPhoneNumber(c.var.gateway.db, c.var.accountSid, sid), "phone number", sid);
}

const url = z.string().optional().openapi({ description: "An https URL; empty removes it" });
const method = z.enum(["GET", "POST"], "must be GET or POST").optional();
/** Of the public API, and nothing here: empty is what it is anyway, anything else would be lost without a word. */
const notHere = z.string().max(0, "must be empty, since this gateway has nothing of the kind").optional();

const settings = {
  FriendlyName: z.string().min(1).max(64).optional(),
  SmsUrl: url,
  SmsMethod: method,
  SmsFallbackUrl: url,
  SmsFallbackMethod: method,
  VoiceUrl: url,
  VoiceMethod: method,
  VoiceFallbackUrl: url,
  VoiceFallbackMethod: method,
  StatusCallback: url,
  StatusCallbackMethod: method,
  Verified: booleanParameter.optional().openapi({ type: "boolean", description: "Whether the operator vouches for the number; only the operator may send it" }),
  ApiVersion: z.literal("2010-04-01", "must be 2010-04-01").optional(),
  VoiceReceiveMode: z.literal("voice", "must be voice").optional(),
  VoiceCallerIdLookup: booleanParameter.refine((isOn) => !isOn, "must be false: install an add-on for callers' names").optional(),
  SmsApplicationSid: notHere,
  VoiceApplicationSid: notHere,
  TrunkSid: notHere,
  AddressSid: notHere,
  IdentitySid: notHere,
  BundleSid: notHere,
  EmergencyStatus: z.enum(["", "Inactive"], "must be Inactive, since this gateway has no emergency calls").optional(),
  EmergencyAddressSid: notHere,
};

export const newPhoneNumberParameters = z.object({
  // First, so that a request for any number of an area hears that it cannot have one.
  AreaCode: notHere,
  PhoneNumber: z.string().openapi({ description: "In E.164 format" }),
  ...settings,
});
export const phoneNumberParameters = z.object({ ...settings, AccountSid: z.string().optional().openapi({ description: "The account that has the number; it cannot be changed" }) });

/** @returns the number in the one form under which numbers are kept. */
export function requireE164(text: string): ParsedPhoneNumber {
  return normalizedE164(text) ?? refuse({ kind: "invalid", parameter: "PhoneNumber", message: "PhoneNumber must be a number in E.164 format, such as +14155550100 (in a form body the plus is %2B)" });
}

/** A client may send back what the resource says of itself. */
export function requireOwnAccount(c: AppContext, accountSid: string | undefined): void {
  if (accountSid === undefined || accountSid === "" || accountSid === c.var.accountSid) return;
  refuse({ kind: "invalid", parameter: "AccountSid", message: "AccountSid must be the account that has the number: a number moves to another one by being released and registered anew" });
}

/** What the parameters change of a number. */
export function phoneNumberChange(c: AppContext, parameters: z.infer<typeof phoneNumberParameters>): PhoneNumberChange {
  if (parameters.Verified !== undefined && !c.var.caller.isOperator) refuse({ kind: "forbidden", message: "Only the operator may send Verified" });
  const urlOf = (name: "SmsUrl" | "SmsFallbackUrl" | "VoiceUrl" | "VoiceFallbackUrl" | "StatusCallback") => requireUrl(c, name, parameters[name]);
  return {
    friendlyName: parameters.FriendlyName,
    isVerified: parameters.Verified,
    smsUrl: urlOf("SmsUrl"),
    smsMethod: parameters.SmsMethod,
    smsFallbackUrl: urlOf("SmsFallbackUrl"),
    smsFallbackMethod: parameters.SmsFallbackMethod,
    voiceUrl: urlOf("VoiceUrl"),
    voiceMethod: parameters.VoiceMethod,
    voiceFallbackUrl: urlOf("VoiceFallbackUrl"),
    voiceFallbackMethod: parameters.VoiceFallbackMethod,
    statusCallback: urlOf("StatusCallback"),
    statusCallbackMethod: parameters.StatusCallbackMethod,
  };
}

/** A developer's own URL may carry credentials, which are sent to nobody else. */
function requireUrl(c: AppContext, parameter: string, text: string | undefined): string | null | undefined {
  if (text === undefined) return undefined;
  if (text === "") return null;
  const problem = refuseUrl(text, { ...c.var.gateway.urlPolicy, allowUserInfo: true });
  return problem === null ? text : refuse({ kind: "invalid", parameter, message: `${parameter} ${problem}` });
}
