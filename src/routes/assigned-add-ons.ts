import { OpenAPIHono } from "@hono/zod-openapi";
import type { Configuration } from "../domain/catalog/configuration.ts";
import { ASSIGNMENTS_PER_ACCOUNT, INCOMING_INSTALLS_ENABLED } from "../domain/limits.ts";
import type { Refusal } from "../domain/refusal.ts";
import { assignedAddOnUri, requireAssignedAddOn } from "../http/assigned-add-on.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { rfc2822Date } from "../http/dates.ts";
import { requirePhoneNumber } from "../http/incoming-phone-number.ts";
import { classicList, classicListSchema, pageParameters, pageRequest } from "../http/paging.ts";
import { notFoundMessage, refuse } from "../http/refused.ts";
import { declare, form, json, noContent, z } from "../http/route.ts";
import { assignAddOn, listAssignedAddOns, unassignAddOn, type AssignedAddOnRow, type AssignmentObstacle } from "../platform/d1/assigned-add-ons.ts";
import type { PhoneNumberRow } from "../platform/d1/phone-numbers.ts";

const assignedAddOn = z
  .object({
    sid: z.string(),
    account_sid: z.string(),
    resource_sid: z.string(),
    friendly_name: z.string(),
    description: z.string(),
    configuration: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    unique_name: z.string(),
    date_created: z.string(),
    date_updated: z.string(),
    uri: z.string(),
    subresource_uris: z.object({ extensions: z.string() }),
  })
  .openapi("AssignedAddOn");

const ofNumber = z.object({ AccountSid: z.string(), ResourceSid: z.string() });
const ofAssigned = ofNumber.extend({ Sid: z.string() });
const assignment = z.object({ InstalledAddOnSid: z.string().regex(/^XE[0-9a-f]{32}$/, "must be the SID of an installed add-on, XE and 32 hexadecimal digits") });

/** Which installed add-ons run on a number. One that is assigned to any number runs only on those that it is assigned to. */
export const assignedAddOnRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "post",
      path: "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{ResourceSid}/AssignedAddOns",
      summary: "Assigns an installed add-on to a phone number.",
      request: { params: ofNumber, ...form(assignment) },
      responses: { 201: json(assignedAddOn, "The assigned add-on") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { InstalledAddOnSid: sid } = c.req.valid("form");
      const number = await requirePhoneNumber(c, c.req.valid("param").ResourceSid);
      const assigned = await assignAddOn(gateway.d1, { accountSid, phoneNumberSid: number.sid }, sid);
      if (assigned.kind === "unsettled") refuse({ kind: "conflict", message: `What can be assigned to ${number.sid} is being changed by others: try again` });
      if (assigned.kind === "obstacle") refuse(refusalOf(assigned.found, number.sid, sid));
      dropSnapshots(c, number);
      return c.json(assignedAddOnAnswer(await requireAssignedAddOn(c, number.sid, sid)), 201);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{ResourceSid}/AssignedAddOns",
      summary: "Lists the add-ons that are assigned to a phone number.",
      request: { params: ofNumber, query: z.object(pageParameters) },
      responses: { 200: json(classicListSchema("assigned_add_ons", assignedAddOn), "A page of assigned add-ons") },
    }),
    async (c) => {
      const number = await requirePhoneNumber(c, c.req.valid("param").ResourceSid);
      const place = { accountSid: c.var.accountSid, phoneNumberSid: number.sid };
      const page = await listAssignedAddOns(c.var.gateway.db, place, pageRequest(c.req.valid("query"), "XE"));
      return c.json(classicList(c, "assigned_add_ons", page, page.items.map(assignedAddOnAnswer)), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{ResourceSid}/AssignedAddOns/{Sid}",
      summary: "Fetches an add-on that is assigned to a phone number.",
      request: { params: ofAssigned },
      responses: { 200: json(assignedAddOn, "The assigned add-on") },
    }),
    async (c) => {
      const { ResourceSid, Sid } = c.req.valid("param");
      return c.json(assignedAddOnAnswer(await requireAssignedAddOn(c, ResourceSid, Sid)), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "delete",
      path: "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{ResourceSid}/AssignedAddOns/{Sid}",
      summary: "Takes an add-on off a phone number. Without its last assignment it runs on every number of the account.",
      request: { params: ofAssigned },
      responses: noContent("The add-on is not assigned to the number any more"),
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { ResourceSid, Sid: sid } = c.req.valid("param");
      const number = await requirePhoneNumber(c, ResourceSid);
      if (!(await unassignAddOn(gateway.d1, { accountSid, phoneNumberSid: number.sid }, sid))) {
        await requireAssignedAddOn(c, number.sid, sid);
        refuse({ kind: "conflict", message: `Without this assignment ${sid} would run on every number, and ${INCOMING_INSTALLS_ENABLED} installed add-ons are enabled already on one of them: disable ${sid} or one of those first` });
      }
      dropSnapshots(c, number);
      return c.body(null, 204);
    },
  );

function dropSnapshots(c: AppContext, number: PhoneNumberRow): void {
  c.var.gateway.numbers.drop(number.phoneNumber);
  c.var.gateway.snapshots.drop(number.accountSid);
}

/** An unknown SID is not found, also in a parameter: so it is where add-ons are installed. */
function refusalOf(obstacle: AssignmentObstacle, numberSid: string, sid: string): Refusal {
  const refusals: Record<AssignmentObstacle, Refusal> = {
    no_such_number: { kind: "not_found", message: notFoundMessage("phone number", numberSid) },
    no_such_install: { kind: "not_found", message: notFoundMessage("installed add-on", sid) },
    already_assigned: { kind: "conflict", message: `The installed add-on ${sid} is assigned to ${numberSid} already` },
    too_many_assignments: { kind: "conflict", message: `The account has ${ASSIGNMENTS_PER_ACCOUNT} assigned add-ons already` },
    too_many_enabled: { kind: "conflict", message: `${INCOMING_INSTALLS_ENABLED} installed add-ons are enabled already on ${numberSid}: disable ${sid} or one of those first` },
  };
  return refusals[obstacle];
}

function assignedAddOnAnswer(row: AssignedAddOnRow) {
  const uri = assignedAddOnUri(row);
  const configuration: Configuration = JSON.parse(row.configuration);
  return {
    sid: row.sid,
    account_sid: row.accountSid,
    resource_sid: row.phoneNumberSid,
    friendly_name: row.friendlyName,
    description: row.description,
    configuration,
    unique_name: row.uniqueName,
    date_created: rfc2822Date(row.assignedAt),
    // The name and configuration are the install's.
    date_updated: rfc2822Date(Math.max(row.assignedAt, row.updatedAt)),
    uri: `${uri}.json`,
    subresource_uris: { extensions: `${uri}/Extensions.json` },
  };
}
