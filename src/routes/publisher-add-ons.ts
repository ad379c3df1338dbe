import { OpenAPIHono } from "@hono/zod-openapi";
import { checkCredentials, checkDefinition } from "../domain/catalog/definition-check.ts";
import { credentialsSchema, definitionSchema, type Credentials } from "../domain/catalog/definition.ts";
import { carryingAll } from "../domain/catalog/stored-credentials.ts";
import { ADD_ONS_PER_PUBLISHER, DEFINITIONS_PER_PAGE } from "../domain/limits.ts";
import type { Problem } from "../domain/refusal.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { jsonBody, refuseProblems } from "../http/json-body.ts";
import { requireOwnAddOn } from "../http/own-version.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { refuse } from "../http/refused.ts";
import { declare, json, jsonDocument, z } from "../http/route.ts";
import {
  countAddOns,
  createAddOn,
  definitionOf,
  listPublishedAddOns,
  replaceCredentials,
  versionsInUse,
  type PublishedAddOn,
} from "../platform/d1/add-ons.ts";

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

/** Ours: of an add-on's many versions, so many problems are enough to act on. */
const PROBLEMS_NAMED = 20;

export const publisherAddOnRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/Publisher/AddOns",
      summary: "Creates an add-on from its definition. Its first version is a draft.",
      request: jsonDocument("The definition, with or without credentials", definitionSchema),
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
      const page = await listPublishedAddOns(gateway.db, gateway.settings, accountSid, pageRequest(c.req.valid("query"), "XB", DEFINITIONS_PER_PAGE));
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
      const found = await requireOwnAddOn(c, c.req.valid("param").AddOnSid);
      return c.json(addOnAnswer(found, c.var.gateway.settings.publicUrl), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/Publisher/AddOns/{AddOnSid}/Credentials",
      summary: "Replaces the credentials of all versions and installs, without a review.",
      request: { params: ofAddOn, ...jsonDocument("The credentials, as in a definition", credentialsSchema) },
      responses: { 200: json(addOn, "The add-on") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { AddOnSid: sid } = c.req.valid("param");
      const before = await requireOwnAddOn(c, sid);
      const credentials = await requireCredentials(c, before);
      await replaceCredentials(gateway.db, gateway.settings, sid, credentials);
      gateway.snapshots.drop(accountSid);
      const found = await requireOwnAddOn(c, sid);
      return c.json(addOnAnswer(found, gateway.settings.publicUrl), 200);
    },
  );

/** They go live at once for all versions, so every version that runs, or may yet, must be able to carry them. */
async function requireCredentials(c: AppContext, { addOn: { sid, type }, newest }: PublishedAddOn): Promise<Credentials> {
  const { gateway } = c.var;
  const input = await jsonBody(c);
  const checked = checkCredentials(input, carryingAll(definitionOf(newest).request), type, gateway.urlPolicy);
  if (!checked.ok) return refuseProblems("The credentials object", checked.error);
  const problems: Problem[] = [];
  for await (const version of versionsInUse(gateway.db, sid, Date.now())) {
    const fitting = checkCredentials(input, definitionOf(version).request, type, gateway.urlPolicy);
    if (!fitting.ok) problems.push(...fitting.error.map(({ path, message }) => ({ path, message: `${message} (version ${version.sid})` })));
    if (problems.length >= PROBLEMS_NAMED) break;
  }
  return problems.length === 0 ? checked.value : refuseProblems("The credentials object", problems);
}

function addOnAnswer(published: PublishedAddOn, publicUrl: string) {
  const { addOn: row, newest, credentialsType } = published;
  const url = `${publicUrl}/v1/Publisher/AddOns/${row.sid}`;
  return {
    ...definitionOf(newest),
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
