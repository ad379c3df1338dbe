import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../http/context.ts";
import { rfc2822Date } from "../http/dates.ts";
import { classicList, classicListSchema, pageParameters, pageRequest } from "../http/paging.ts";
import { refuse, required } from "../http/refused.ts";
import { declare, form, json, z } from "../http/route.ts";
import { createAccount, getAccount, listAccounts, updateAccount, type AccountRow } from "../platform/d1/accounts.ts";

const friendlyName = z.string().min(1).max(64);
const status = z.enum(["active", "suspended", "closed"]);

const newAccountParameters = z.object({
  FriendlyName: friendlyName.optional(),
  UpstreamAuthToken: z
    .string()
    .regex(/^(?:[ -~]{16,128})?$/, "must be 16 to 128 printable ASCII characters, or empty")
    .transform((token) => (token === "" ? null : token))
    .optional()
    .openapi({ type: "string", description: "What the account's own carrier signs incoming messages and calls with. Never shown; empty for none" }),
});
const accountParameters = newAccountParameters.extend({ Status: status.optional() });

const account = z
  .object({
    sid: z.string(),
    /** Filled only in the answer to creation. */
    auth_token: z.string().nullable(),
    date_created: z.string(),
    date_updated: z.string(),
    friendly_name: z.string(),
    owner_account_sid: z.string(),
    status,
    subresource_uris: z.record(z.string(), z.string()),
    type: z.literal("Full"),
    uri: z.string(),
  })
  .openapi("Account");

export const accountRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("operator", {
      method: "post",
      path: "/2010-04-01/Accounts",
      summary: "Creates an account for a developer or publisher. Its auth token is shown this once.",
      request: form(newAccountParameters),
      responses: { 201: json(account, "The account, with its auth token") },
    }),
    async (c) => {
      const { db, settings } = c.var.gateway;
      const { FriendlyName: name = `Account created ${rfc2822Date(Date.now())}`, UpstreamAuthToken: token = null } = c.req.valid("form");
      const created = await createAccount(db, settings, name, token);
      return c.json(accountAnswer(created.account, created.authToken), 201);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts",
      summary: "Lists accounts: the operator sees all, others themselves.",
      request: { query: z.object({ ...pageParameters, FriendlyName: z.string().optional(), Status: status.optional() }) },
      responses: { 200: json(classicListSchema("accounts", account), "A page of accounts") },
    }),
    async (c) => {
      const query = c.req.valid("query");
      const filter = { sid: c.var.caller.isOperator ? undefined : c.var.accountSid, friendlyName: query.FriendlyName, status: query.Status };
      const page = await listAccounts(c.var.gateway.db, filter, pageRequest(query, "AC"));
      return c.json(classicList(c, "accounts", page, page.items.map((row) => accountAnswer(row, null))), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}",
      summary: "Fetches an account.",
      request: { params: z.object({ AccountSid: z.string() }) },
      responses: { 200: json(account, "The account") },
    }),
    async (c) => {
      const row = required(await getAccount(c.var.gateway.db, c.var.accountSid), "account", c.var.accountSid);
      return c.json(accountAnswer(row, null), 200);
    },
  )
  .openapi(
    declare("token", {
      method: "post",
      path: "/2010-04-01/Accounts/{AccountSid}",
      summary: "Changes an account's name, or the token of its carrier; the operator also its status. A closed account stays closed.",
      request: { params: z.object({ AccountSid: z.string() }), ...form(accountParameters) },
      responses: { 200: json(account, "The account") },
    }),
    async (c) => {
      const { gateway, caller, accountSid } = c.var;
      const { FriendlyName: name, Status: newStatus, UpstreamAuthToken: token } = c.req.valid("form");
      if (newStatus !== undefined && !caller.isOperator) refuse({ kind: "forbidden", message: "Only the operator may change Status" });
      if (newStatus !== undefined && accountSid === gateway.settings.operatorAccountSid) refuse({ kind: "conflict", message: `The operator's account ${accountSid} is always active` });
      const change = { friendlyName: name, status: newStatus, upstreamAuthToken: token };
      const row = await updateAccount(gateway.db, gateway.settings, accountSid, change);
      // The account of the path exists, so its status is what could not change.
      if (row === undefined) return refuse({ kind: "conflict", message: `The account ${accountSid} is closed for good` });
      gateway.snapshots.drop(accountSid);
      return c.json(accountAnswer(row, null), 200);
    },
  );

function accountAnswer(row: AccountRow, authToken: string | null) {
  const uri = `/2010-04-01/Accounts/${row.sid}`;
  return {
    sid: row.sid,
    auth_token: authToken,
    date_created: rfc2822Date(row.createdAt),
    date_updated: rfc2822Date(row.updatedAt),
    friendly_name: row.friendlyName,
    owner_account_sid: row.ownerAccountSid,
    status: row.status,
    subresource_uris: { keys: `${uri}/Keys.json`, balance: `${uri}/Balance.json`, incoming_phone_numbers: `${uri}/IncomingPhoneNumbers.json` },
    type: "Full" as const,
    uri: `${uri}.json`,
  };
}
