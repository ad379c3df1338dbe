import { getPublishedAddOn, getVersion, type PublishedAddOn, type VersionRow } from "../platform/d1/add-ons.ts";
import type { AppContext } from "./context.ts";
import { required } from "./refused.ts";

/** One of the caller's own add-ons, as its publisher. */
export async function requireOwnAddOn(c: AppContext, sid: string): Promise<PublishedAddOn> {
  const { gateway, accountSid } = c.var;
  return required(await getPublishedAddOn(gateway.db, gateway.settings, accountSid, sid), "add-on", sid);
}

export async function requireOwnVersion(c: AppContext, { AddOnSid, VersionSid }: { AddOnSid: string; VersionSid: string }): Promise<{ published: PublishedAddOn; row: VersionRow }> {
  const published = await requireOwnAddOn(c, AddOnSid);
  return { published, row: required(await getVersion(c.var.gateway.db, AddOnSid, VersionSid), "version", VersionSid) };
}
