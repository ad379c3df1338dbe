import { OpenAPIHono } from "@hono/zod-openapi";
import { API_KEYS_PER_ACCOUNT } from "../domain/limits.ts";
import type { AppEnv } from "../http/context.ts";
import { rfc2822Date } from "../http/dates.ts";
import { classicList, classicListSchema, pageParameters, pageRequest } from "../http/paging.ts";
import { refuse, required } from "../http/refused.ts";
import { declare, form, json, noContent, z } from "../http/route.ts";
import { createApiKey, deleteApiKey, getApiKey, listApiKeys, renameApiKey, type ApiKeyRow } from "../platform/d1/api-keys.ts";

const key = z.object({ sid: z.string(), friendly_name: z.string(), date_created: z.string(), date_updated: z.string() }).openapi("Key");
const newKey = key.extend({ secret: z.string() }).openapi("NewKey");

const ofAccount = z.object({ AccountSid: z.string() });
const ofKey = z.object({ AccountSid: z.string(), Sid: z.string() });
const friendlyName = z.string().max(64);

export const apiKeyRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("token", {
      method: "post",
      path: "/2010-04-01/Accounts/{AccountSid}/Keys",
      summary: "Creates an API key. Its secret is shown this once.",
      request: { params: ofAccount, ...form(z.object({ FriendlyName: friendlyName.default("") })) },
      responses: { 201: json(newKey, "The key, with its secret") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const created = await createApiKey(gateway.db, accountSid, c.req.valid("form").FriendlyName);
      if (created === null) return refuse({ kind: "conflict", message: `The account ${accountSid} has ${API_KEYS_PER_ACCOUNT} API keys already` });
      gateway.snapshots.drop(accountSid);
      return c.json({ ...keyAnswer(created.key), secret: created.secret }, 201);
    },
  )
  .openapi(
    declare("token", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/Keys",
      summary: "Lists an account's API keys.",
      request: { params: ofAccount, query: z.object(pageParameters) },
      responses: { 200: json(classicListSchema("keys", key), "A page of keys") },
    }),
    async (c) => {
      const page = await listApiKeys(c.var.gateway.db, c.var.accountSid, pageRequest(c.req.valid("query"), "SK"));
      return c.json(classicList(c, "keys", page, page.items.map(keyAnswer)), 200);
    },
  )
  .openapi(
    declare("token", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}",
      summary: "Fetches an API key, without its secret.",
      request: { params: ofKey },
      responses: { 200: json(key, "The key") },
    }),
    async (c) => {
      const { Sid } = c.req.valid("param");
      return c.json(keyAnswer(required(await getApiKey(c.var.gateway.db, c.var.accountSid, Sid), "API key", Sid)), 200);
    },
  )
  .openapi(
    declare("token", {
      method: "post",
      path: "/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}",
      summary: "Renames an API key.",
      request: { params: ofKey, ...form(z.object({ FriendlyName: friendlyName.optional() })) },
      responses: { 200: json(key, "The key") },
    }),
    async (c) => {
      const { Sid } = c.req.valid("param");
      const { FriendlyName: name } = c.req.valid("form");
      const { db } = c.var.gateway;
      const row = name === undefined ? await getApiKey(db, c.var.accountSid, Sid) : await renameApiKey(db, c.var.accountSid, Sid, name);
      return c.json(keyAnswer(required(row, "API key", Sid)), 200);
    },
  )
  .openapi(
    declare("token", {
      method: "delete",
      path: "/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}",
      summary: "Revokes an API key.",
      request: { params: ofKey },
      responses: noContent("The key is revoked"),
    }),
    async (c) => {
      const { Sid } = c.req.valid("param");
      required(await deleteApiKey(c.var.gateway.db, c.var.accountSid, Sid), "API key", Sid);
      c.var.gateway.snapshots.drop(c.var.accountSid);
      return c.body(null, 204);
    },
  );

function keyAnswer(row: ApiKeyRow) {
  return { sid: row.sid, friendly_name: row.friendlyName, date_created: rfc2822Date(row.createdAt), date_updated: rfc2822Date(row.updatedAt) };
}
