import { getAssignedAddOn, type AssignedAddOnRow } from "../platform/d1/assigned-add-ons.ts";
import type { AppContext } from "./context.ts";
import { requirePhoneNumber } from "./incoming-phone-number.ts";
import { required } from "./refused.ts";

/** An add-on that is assigned to a number of the account that the path is about. */
export async function requireAssignedAddOn(c: AppContext, numberSid: string, sid: string): Promise<AssignedAddOnRow> {
  const assigned = await getAssignedAddOn(c.var.gateway.db, { accountSid: c.var.accountSid, phoneNumberSid: numberSid }, sid);
  if (assigned === undefined) await requirePhoneNumber(c, numberSid);
  return required(assigned, "assigned add-on", sid);
}

export const assignedAddOnUri = ({ accountSid, phoneNumberSid, sid }: AssignedAddOnRow): string =>
  `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers/${phoneNumberSid}/AssignedAddOns/${sid}`;
