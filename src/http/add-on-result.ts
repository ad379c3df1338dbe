import { getAddOnResult, type AddOnResultRow } from "../platform/d1/add-on-results.ts";
import { getPayload, type PayloadRow } from "../platform/d1/payloads.ts";
import type { AppContext } from "./context.ts";
import { required } from "./refused.ts";

/** A result of a recording of the account that the path is about. */
export async function requireAddOnResult(c: AppContext, recordingSid: string, sid: string): Promise<AddOnResultRow> {
  return required(await getAddOnResult(c.var.gateway.db, { accountSid: c.var.accountSid, recordingSid }, sid), "add-on result", sid);
}

/** The same for a payload of such a result. */
export async function requirePayload(c: AppContext, recordingSid: string, addOnResultSid: string, sid: string): Promise<PayloadRow> {
  return required(await getPayload(c.var.gateway.db, { accountSid: c.var.accountSid, recordingSid, addOnResultSid }, sid), "payload", sid);
}

export const recordingUri = (accountSid: string, recordingSid: string): string => `/2010-04-01/Accounts/${accountSid}/Recordings/${recordingSid}`;

export const addOnResultUri = (accountSid: string, recordingSid: string, sid: string): string => `${recordingUri(accountSid, recordingSid)}/AddOnResults/${sid}`;
