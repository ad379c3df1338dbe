import { normalizedE164, type ParsedPhoneNumber } from "../phone-number.ts";
import type { Refusal } from "../refusal.ts";
import type { Content } from "../request/fields.ts";
import { err, ok, type Result } from "../result.ts";
import { INCOMING, type IncomingKind } from "./incoming-kind.ts";

/** A message or call as its carrier tells of it. */
export type IncomingParameters = {
  kind: IncomingKind;
  /** MessageSid or CallSid, as the carrier made it. */
  sid: string;
  /** E.164; null when To is no number that an account could have. */
  to: string | null;
  /** Null when From is no number: a short code, a name, a SIP address, a withheld number. */
  from: ParsedPhoneNumber | null;
  /** Every parameter, in order: also those that the gateway does not know. */
  all: readonly (readonly [string, string])[];
};

const SID_CHARACTERS = 255;

/** @param entries the decoded form parameters. */
export function incomingParameters(kind: IncomingKind, entries: readonly (readonly [string, string])[]): Result<IncomingParameters, Refusal> {
  const { sidParameter } = INCOMING[kind];
  const repeated = [sidParameter, "To", "From"].find((name) => entries.filter(([entry]) => entry === name).length > 1);
  if (repeated !== undefined) return err(invalid(repeated, `${repeated} must be sent once`));
  const sid = valueOf(entries, sidParameter);
  if (sid === undefined || sid === "") return err(invalid(sidParameter, `${sidParameter} is required`));
  if (sid.length > SID_CHARACTERS) return err(invalid(sidParameter, `${sidParameter} must have at most ${SID_CHARACTERS} characters`));
  const to = valueOf(entries, "To");
  if (to === undefined || to === "") return err(invalid("To", "To is required"));
  return ok({ kind, sid, to: numberOf(to)?.e164 ?? null, from: numberOf(valueOf(entries, "From")), all: entries });
}

/**
 * What add-ons may be told. Guide, "template fields" of the phone number and message types: primary_address is From, secondary_address is
 * To, both E.164; body is the message's text.
 */
export function incomingContent({ kind, from, to, all }: IncomingParameters): Content {
  const body = INCOMING[kind].hasBody ? valueOf(all, "Body") : undefined;
  const fields: [string, string | null | undefined][] = [
    ["primary_address", from?.e164],
    ["secondary_address", to],
    ["body", body],
  ];
  return new Map(fields.flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, value]])));
}

const invalid = (parameter: string, message: string): Refusal => ({ kind: "invalid", parameter, message });

const valueOf = (entries: readonly (readonly [string, string])[], name: string): string | undefined => entries.find(([entry]) => entry === name)?.[1];

/** A plus that was not escaped in a form arrives as a space, and some carriers leave it out. */
function numberOf(text: string | undefined): ParsedPhoneNumber | null {
  return text === undefined ? null : normalizedE164(text.replace(/^ ?(?=\d)/, "+"));
}
