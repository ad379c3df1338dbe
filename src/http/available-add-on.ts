import { getAvailableAddOn, type AvailableAddOnRow } from "../platform/d1/catalogue.ts";
import type { AppContext } from "./context.ts";
import { required } from "./refused.ts";

/** For every resource of the catalogue: the add-on that it is part of, if the caller can see it. */
export async function requireAvailableAddOn(c: AppContext, sid: string): Promise<AvailableAddOnRow> {
  return required(await getAvailableAddOn(c.var.gateway.db, c.var.accountSid, sid), "available add-on", sid);
}
