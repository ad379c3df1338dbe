import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppContext, AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { refuse } from "../http/refused.ts";
import { declare, json, noContent, z } from "../http/route.ts";
import { deleteTestCredentials, getTestCredentials, renewTestCredentials, type TestCredentialsRow } from "../platform/d1/test-credentials.ts";

const testCredentials = z
  .object({
    account_sid: z.string(),
    test_account_sid: z.string(),
    test_auth_token: z.string().nullable().openapi({ description: "Filled only in the answer to a POST" }),
    date_created: z.string(),
    date_updated: z.string(),
    url: z.string(),
  })
  .openapi("TestCredentials");

const path = "/v1/TestCredentials" as const;

/** A login for look-ups that reach no publisher and cost nothing, so that a developer can test against the gateway itself. */
export const testCredentialsRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "post",
      path,
      summary: "Makes the account's test credentials, or replaces their token. It is shown this once.",
      responses: { 201: json(testCredentials, "The test credentials, with their token") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { row, token } = await renewTestCredentials(gateway.db, accountSid);
      gateway.snapshots.drop(accountSid);
      return c.json(testCredentialsAnswer(c, row, token), 201);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path,
      summary: "Fetches the account's test credentials, without their token.",
      responses: { 200: json(testCredentials, "The test credentials") },
    }),
    async (c) => {
      const row = (await getTestCredentials(c.var.gateway.db, c.var.accountSid)) ?? refuseMissing(c);
      return c.json(testCredentialsAnswer(c, row, null), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "delete",
      path,
      summary: "Withdraws the account's test credentials.",
      responses: noContent("The test credentials are no longer accepted"),
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      if ((await deleteTestCredentials(gateway.db, accountSid)) === undefined) refuseMissing(c);
      gateway.snapshots.drop(accountSid);
      return c.body(null, 204);
    },
  );

function refuseMissing(c: AppContext): never {
  return refuse({ kind: "not_found", message: `The account ${c.var.accountSid} has no test credentials` });
}

function testCredentialsAnswer(c: AppContext, row: TestCredentialsRow, token: string | null) {
  return {
    account_sid: row.accountSid,
    test_account_sid: row.sid,
    test_auth_token: token,
    date_created: isoDate(row.createdAt),
    date_updated: isoDate(row.updatedAt),
    url: `${c.var.gateway.settings.publicUrl}${path}`,
  };
}
