import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppContext, AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { refuse, required } from "../http/refused.ts";
import { declare, json, noContent, z } from "../http/route.ts";
import { createSecondaryToken, deleteSecondaryToken, getAccount, promoteSecondaryToken, type AccountRow } from "../platform/d1/accounts.ts";

const dates = { account_sid: z.string(), date_created: z.string(), date_updated: z.string(), url: z.string() };
const secondaryToken = z.object({ ...dates, secondary_auth_token: z.string() }).openapi("SecondaryAuthToken");
const promotion = z.object({ ...dates, auth_token: z.string() }).openapi("AuthTokenPromotion");

/** Rotation without a gap: make a secondary token, move every client to it, promote it. Both are accepted meanwhile. */
export const authTokenRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("token", {
      method: "post",
      path: "/v1/AuthTokens/Secondary",
      summary: "Makes a secondary auth token, which is accepted beside the primary one.",
      responses: { 201: json(secondaryToken, "The secondary token") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const before = await requireRotatable(c);
      const created = required(await createSecondaryToken(gateway.db, gateway.settings, before.sid), "account", accountSid);
      gateway.snapshots.drop(accountSid);
      const url = `${gateway.settings.publicUrl}/v1/AuthTokens/Secondary`;
      return c.json({ ...datesOf(created.account), secondary_auth_token: created.token, url }, 201);
    },
  )
  .openapi(
    declare("token", {
      method: "delete",
      path: "/v1/AuthTokens/Secondary",
      summary: "Withdraws the secondary auth token.",
      responses: noContent("The secondary token is no longer accepted"),
    }),
    async (c) => {
      const account = await requireRotatable(c);
      if (!(await deleteSecondaryToken(c.var.gateway.db, account))) refuseMissing(account);
      c.var.gateway.snapshots.drop(account.sid);
      return c.body(null, 204);
    },
  )
  .openapi(
    declare("token", {
      method: "post",
      path: "/v1/AuthTokens/Promote",
      summary: "Makes the secondary auth token the primary one. The old primary stops.",
      responses: { 200: json(promotion, "The primary token") },
    }),
    async (c) => {
      const { gateway } = c.var;
      const account = await requireRotatable(c);
      const token = (await promoteSecondaryToken(gateway.db, gateway.settings, account)) ?? refuseMissing(account);
      gateway.snapshots.drop(account.sid);
      const url = `${gateway.settings.publicUrl}/v1/AuthTokens/Promote`;
      return c.json({ ...datesOf({ ...account, tokensUpdatedAt: Date.now() }), auth_token: token, url }, 200);
    },
  );

/** The operator's token is a secret of the deployment: what is in the database could not change it. */
async function requireRotatable(c: AppContext): Promise<AccountRow> {
  const account = required(await getAccount(c.var.gateway.db, c.var.accountSid), "account", c.var.accountSid);
  if (account.authToken === null) refuse({ kind: "conflict", message: "The operator's token is the secret OPERATOR_AUTH_TOKEN and is rotated by a deployment" });
  return account;
}

function refuseMissing(account: AccountRow): never {
  return refuse({ kind: "not_found", message: `The account ${account.sid} has no secondary auth token` });
}

function datesOf(account: AccountRow) {
  return {
    account_sid: account.sid,
    date_created: isoDate(account.secondaryCreatedAt ?? account.tokensUpdatedAt),
    date_updated: isoDate(account.tokensUpdatedAt),
  };
}
