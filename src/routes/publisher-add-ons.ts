import { OpenAPIHono } from "@hono/zod-openapi";
import { checkCredentials, checkDefinition } from "../domain/catalog/definition-check.ts";
import { definitionSchema, type Definition } from "../domain/catalog/definition.ts";
import { ADD_ONS_PER_PUBLISHER, DEFINITIONS_PER_PAGE } from "../domain/limits.ts";
import type { AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { jsonBody, refuseProblems } from "../http/json-body.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { refuse, required } from "../http/refused.ts";
import { declare, json, jsonDocument, z } from "../http/route.ts";
import { countAddOns, createAddOn, getPublishedAddOn, listPublishedAddOns, replaceCredentials, type PublishedAddOn } from "../platform/d1/add-ons.ts";

const definitionWithoutCredentials = definitionSchema.extend({ request: definitionSchema.shape.request.omit({ credentials: true }) });

const addOn = definitionWithoutCredentials
  .extend({
    sid: z.string(),
    account_sid: z.string(),
    credentials: z.object({ type: z.string() }),
    version: z.object({ sid: z.string(), number: z.int(), status: z.string() }),
    date_created: z.string(),
    date_updated: z.string(),
    url: z.string(),
    links: z.object({ versions: z.string(), credentials: z.string() }),
  })
  .openapi("PublishedAddOn");

const ofAddOn = z.object({ AddOnSid: z.string() });

export const publisherAddOnRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/Publisher/AddOns",
      summary: "Creates an add-on from its definition. Its first version is a draft.",
      request: jsonDocument("The definition, with or without credentials"),
      responses: { 201: json(addOn, "The add-on") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const checked = checkDefinition(await jsonBody(c), gateway.urlPolicy);
      if (!checked.ok) return refuseProblems("The definition", checked.error);
      if ((await countAddOns(gateway.db, accountSid)) >= ADD_ONS_PER_PUBLISHER) {
        return refuse({ kind: "conflict", message: `The account ${accountSid} has ${ADD_ONS_PER_PUBLISHER} add-ons already` });
      }
      const created = await createAddOn(gateway.db, gateway.settings, accountSid, checked.value);
      if (created === null) return refuse({ kind: "conflict", message: `The unique name ${checked.value.definition.unique_name} is taken in this marketplace` });
      return c.json(addOnAnswer(created, gateway.settings.publicUrl), 201);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/Publisher/AddOns",
      summary: "Lists the caller's own add-ons.",
      request: { query: z.object(pageParameters) },
      responses: { 200: json(v1ListSchema("add_ons", addOn), "A page of add-ons") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const page = await listPublishedAddOns(gateway.db, gateway.settings, accountSid, pageRequest(c.req.valid("query"), DEFINITIONS_PER_PAGE));
      return c.json(v1List(c, "add_ons", page, page.items.map((item) => addOnAnswer(item, gateway.settings.publicUrl))), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/Publisher/AddOns/{AddOnSid}",
      summary: "Fetches one of the caller's own add-ons, as its newest version has it.",
      request: { params: ofAddOn },
      responses: { 200: json(addOn, "The add-on") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { AddOnSid: sid } = c.req.valid("param");
      const found = required(await getPublishedAddOn(gateway.db, gateway.settings, accountSid, sid), "add-on", sid);
      return c.json(addOnAnswer(found, gateway.settings.publicUrl), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/Publisher/AddOns/{AddOnSid}/Credentials",
      summary: "Replaces the credentials of all versions and installs, without a review.",
      request: { params: ofAddOn, ...jsonDocument("The credentials, as in a definition") },
      responses: { 200: json(addOn, "The add-on") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { AddOnSid: sid } = c.req.valid("param");
      const before = required(await getPublishedAddOn(gateway.db, gateway.settings, accountSid, sid), "add-on", sid);
      const checked = checkCredentials(await jsonBody(c), definitionOf(before).request, before.addOn.type, gateway.urlPolicy);
      if (!checked.ok) return refuseProblems("The credentials object", checked.error);
      await replaceCredentials(gateway.db, gateway.settings, sid, checked.value);
      gateway.snapshots.drop(accountSid);
      const found = required(await getPublishedAddOn(gateway.db, gateway.settings, accountSid, sid), "add-on", sid);
      return c.json(addOnAnswer(found, gateway.settings.publicUrl), 200);
    },
  );

const definitionOf = ({ newest }: PublishedAddOn): Definition => JSON.parse(newest.definition) as Definition;

function addOnAnswer(published: PublishedAddOn, publicUrl: string) {
  const { addOn: row, newest, credentialsType } = published;
  const url = `${publicUrl}/v1/Publisher/AddOns/${row.sid}`;
  return {
    ...definitionOf(published),
    sid: row.sid,
    account_sid: row.accountSid,
    credentials: { type: credentialsType },
    version: { sid: newest.sid, number: newest.number, status: newest.status },
    date_created: isoDate(row.createdAt),
    date_updated: isoDate(row.updatedAt),
    url,
    links: { versions: `${url}/Versions`, credentials: `${url}/Credentials` },
  };
}
