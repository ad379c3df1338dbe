import { OpenAPIHono } from "@hono/zod-openapi";
import { NUMBERS_PER_ACCOUNT, UNVERIFIED_NUMBERS_PER_ACCOUNT } from "../domain/limits.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { rfc2822Date } from "../http/dates.ts";
import { newPhoneNumberParameters, phoneNumberChange, phoneNumberParameters, requireE164, requireOwnAccount, requirePhoneNumber } from "../http/incoming-phone-number.ts";
import { classicList, classicListSchema, pageParameters, pageRequest } from "../http/paging.ts";
import { refuse, required } from "../http/refused.ts";
import { booleanParameter, declare, form, json, noContent, z } from "../http/route.ts";
import { deletePhoneNumber, listPhoneNumbers, updatePhoneNumber, type PhoneNumberRow } from "../platform/d1/phone-numbers.ts";
import { registerPhoneNumber, type Holder, type PhoneNumberObstacle } from "../platform/d1/register-phone-number.ts";

const method = z.enum(["GET", "POST"]);

const incomingPhoneNumber = z
  .object({
    sid: z.string(),
    account_sid: z.string(),
    phone_number: z.string(),
    friendly_name: z.string(),
    sms_url: z.string().nullable(),
    sms_method: method,
    sms_fallback_url: z.string().nullable(),
    sms_fallback_method: method,
    sms_application_sid: z.null(),
    voice_url: z.string().nullable(),
    voice_method: method,
    voice_fallback_url: z.string().nullable(),
    voice_fallback_method: method,
    voice_application_sid: z.null(),
    voice_caller_id_lookup: z.literal(false),
    voice_receive_mode: z.literal("voice"),
    status_callback: z.string().nullable(),
    status_callback_method: method,
    api_version: z.literal("2010-04-01"),
    beta: z.literal(false),
    capabilities: z.object({ voice: z.boolean(), sms: z.boolean(), mms: z.boolean(), fax: z.boolean() }),
    origin: z.literal("hosted"),
    status: z.enum(["in-use", "unverified"]).openapi({ description: "Whether the operator vouches for it. If not, only what the account's own carrier signs is taken for it" }),
    type: z.null(),
    trunk_sid: z.null(),
    address_sid: z.null(),
    address_requirements: z.literal("none"),
    identity_sid: z.null(),
    bundle_sid: z.null(),
    emergency_status: z.literal("Inactive"),
    emergency_address_sid: z.null(),
    emergency_address_status: z.literal("unregistered"),
    date_created: z.string(),
    date_updated: z.string(),
    uri: z.string(),
  })
  .openapi("IncomingPhoneNumber");

const ofAccount = z.object({ AccountSid: z.string() });
const ofNumber = z.object({ AccountSid: z.string(), Sid: z.string() });

const filters = z.object({
  ...pageParameters,
  PhoneNumber: z
    .string()
    // An unescaped plus arrives as a space.
    .transform((text) => text.replaceAll(/[\s().-]/g, ""))
    .pipe(z.string().regex(/^\+?[\d*]{1,15}$/, "must be a number or a part of one, with * for any digit"))
    .optional()
    .openapi({ type: "string" }),
  FriendlyName: z.string().optional(),
  Beta: booleanParameter.optional().openapi({ type: "boolean", description: "Whether to include numbers that are new; there are none" }),
  Origin: z.string().optional().openapi({ description: "Every number here is hosted" }),
});

/** The numbers for which messages and calls come in. */
export const incomingPhoneNumberRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "post",
      path: "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers",
      summary: "Registers a phone number. One that its account registers is not verified until the operator says so.",
      request: { params: ofAccount, ...form(newPhoneNumberParameters) },
      responses: { 201: json(incomingPhoneNumber, "The phone number") },
    }),
    async (c) => {
      const sid = await register(c, c.req.valid("form"));
      const row = await requirePhoneNumber(c, sid);
      dropSnapshots(c, row.phoneNumber);
      return c.json(phoneNumberAnswer(row), 201);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers",
      summary: "Lists an account's phone numbers.",
      request: { params: ofAccount, query: filters },
      responses: { 200: json(classicListSchema("incoming_phone_numbers", incomingPhoneNumber), "A page of phone numbers") },
    }),
    async (c) => {
      const { PhoneNumber: digits, FriendlyName: friendlyName, Origin: origin = "hosted", ...query } = c.req.valid("query");
      const request = pageRequest(query, "PN");
      const page =
        origin === "hosted"
          ? await listPhoneNumbers(c.var.gateway.db, c.var.accountSid, { digits, friendlyName }, request)
          : { items: [], request, next: null, previous: null };
      return c.json(classicList(c, "incoming_phone_numbers", page, page.items.map(phoneNumberAnswer)), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}",
      summary: "Fetches a phone number.",
      request: { params: ofNumber },
      responses: { 200: json(incomingPhoneNumber, "The phone number") },
    }),
    async (c) => c.json(phoneNumberAnswer(await requirePhoneNumber(c, c.req.valid("param").Sid)), 200),
  )
  .openapi(
    declare("account", {
      method: "post",
      path: "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}",
      summary: "Changes a phone number's name and URLs; the operator also whether it is verified.",
      request: { params: ofNumber, ...form(phoneNumberParameters) },
      responses: { 200: json(incomingPhoneNumber, "The phone number") },
    }),
    async (c) => {
      const { Sid: sid } = c.req.valid("param");
      const { db } = c.var.gateway;
      const parameters = c.req.valid("form");
      requireOwnAccount(c, parameters.AccountSid);
      const change = phoneNumberChange(c, parameters);
      if (Object.values(change).every((value) => value === undefined)) return c.json(phoneNumberAnswer(await requirePhoneNumber(c, sid)), 200);
      const row = required(await updatePhoneNumber(db, c.var.accountSid, sid, change), "phone number", sid);
      dropSnapshots(c, row.phoneNumber);
      return c.json(phoneNumberAnswer(row), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "delete",
      path: "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}",
      summary: "Releases a phone number. Add-ons that were assigned to it alone are switched off for what comes in.",
      request: { params: ofNumber },
      responses: noContent("The number is not registered any more"),
    }),
    async (c) => {
      const { Sid: sid } = c.req.valid("param");
      dropSnapshots(c, required(await deletePhoneNumber(c.var.gateway.d1, c.var.accountSid, sid), "phone number", sid));
      return c.body(null, 204);
    },
  );

function dropSnapshots(c: AppContext, e164: string): void {
  c.var.gateway.numbers.drop(e164);
  c.var.gateway.snapshots.drop(c.var.accountSid);
}

/** @returns the SID of the new number. */
async function register(c: AppContext, parameters: z.infer<typeof newPhoneNumberParameters>): Promise<string> {
  const { gateway, caller, accountSid } = c.var;
  const { e164, nationalFormat } = requireE164(parameters.PhoneNumber);
  const change = phoneNumberChange(c, parameters);
  const registered = await registerPhoneNumber(gateway.d1, {
    accountSid,
    phoneNumber: e164,
    friendlyName: change.friendlyName ?? nationalFormat,
    isVerified: change.isVerified ?? (caller.isOperator || gateway.settings.autoApprove),
    smsUrl: change.smsUrl ?? null,
    smsMethod: change.smsMethod ?? "POST",
    smsFallbackUrl: change.smsFallbackUrl ?? null,
    smsFallbackMethod: change.smsFallbackMethod ?? "POST",
    voiceUrl: change.voiceUrl ?? null,
    voiceMethod: change.voiceMethod ?? "POST",
    voiceFallbackUrl: change.voiceFallbackUrl ?? null,
    voiceFallbackMethod: change.voiceFallbackMethod ?? "POST",
    statusCallback: change.statusCallback ?? null,
    statusCallbackMethod: change.statusCallbackMethod ?? "POST",
  });
  if ("sid" in registered) return registered.sid;
  if (registered.kind === "unsettled") return refuse({ kind: "conflict", message: `The phone numbers of ${accountSid} are being changed by others: try again` });
  const { obstacle, holder } = registered.found;
  return refuseNumber(obstacle, caller.isOperator ? holder : null, accountSid);
}

/** @param holder told to the operator, who can release what somebody else should not have; to others it would say whose number it is. */
function refuseNumber(obstacle: PhoneNumberObstacle, holder: Holder | null, accountSid: string): never {
  const messages: Record<PhoneNumberObstacle, string> = {
    too_many_unverified: `The account ${accountSid} has ${UNVERIFIED_NUMBERS_PER_ACCOUNT} phone numbers already that the operator has not verified`,
    too_many_numbers: `The account ${accountSid} has ${NUMBERS_PER_ACCOUNT} phone numbers already`,
    number_taken: `PhoneNumber is registered already${holder === null ? "" : `: it is ${holder.sid} of the account ${holder.accountSid}`}`,
  };
  return refuse({ kind: "conflict", message: messages[obstacle] });
}

/** What the public API has and this gateway has not is null, or the value that says so. */
function phoneNumberAnswer(row: PhoneNumberRow): z.infer<typeof incomingPhoneNumber> {
  return {
    sid: row.sid,
    account_sid: row.accountSid,
    phone_number: row.phoneNumber,
    friendly_name: row.friendlyName,
    sms_url: row.smsUrl,
    sms_method: row.smsMethod,
    sms_fallback_url: row.smsFallbackUrl,
    sms_fallback_method: row.smsFallbackMethod,
    sms_application_sid: null,
    voice_url: row.voiceUrl,
    voice_method: row.voiceMethod,
    voice_fallback_url: row.voiceFallbackUrl,
    voice_fallback_method: row.voiceFallbackMethod,
    voice_application_sid: null,
    voice_caller_id_lookup: false,
    voice_receive_mode: "voice",
    status_callback: row.statusCallback,
    status_callback_method: row.statusCallbackMethod,
    api_version: "2010-04-01",
    beta: false,
    capabilities: { voice: true, sms: true, mms: true, fax: false },
    origin: "hosted",
    status: row.isVerified ? "in-use" : "unverified",
    type: null,
    trunk_sid: null,
    address_sid: null,
    address_requirements: "none",
    identity_sid: null,
    bundle_sid: null,
    emergency_status: "Inactive",
    emergency_address_sid: null,
    emergency_address_status: "unregistered",
    date_created: rfc2822Date(row.createdAt),
    date_updated: rfc2822Date(row.updatedAt),
    uri: `/2010-04-01/Accounts/${row.accountSid}/IncomingPhoneNumbers/${row.sid}.json`,
  };
}
