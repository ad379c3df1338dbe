import { OpenAPIHono } from "@hono/zod-openapi";
import { addOnResultUri, recordingUri } from "../http/add-on-result.ts";
import type { AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { required } from "../http/refused.ts";
import { declare, json, z } from "../http/route.ts";
import { getAddOnResultOfAccount } from "../platform/d1/add-on-results.ts";
import { invocationOf } from "../platform/recording-invocation.ts";

const relay = z
  .object({
    sid: z.string().openapi({ description: "The add-on result's" }),
    account_sid: z.string(),
    status: z.enum(["none", "pending", "delivered", "stopped", "dead"]).openapi({ description: "`none`: the installed add-on names no URL; `pending`: to be sent, now or again; `stopped`: the URL answered 410, or was taken away" }),
    attempts: z.array(z.object({ number: z.int(), date_sent: z.string(), status: z.int().nullable(), detail: z.string() })),
    date_next_attempt: z.string().nullable(),
    url: z.string(),
    links: z.object({ add_on_result: z.string(), recording: z.string() }),
  })
  .openapi("Relay");

/** How a result of a recording is told to the developer's URL. */
export const relayRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("account", {
    method: "get",
    path: "/v1/Relays/{Sid}",
    summary: "Fetches the attempts to tell an add-on result to the account's URL.",
    request: { params: z.object({ Sid: z.string() }) },
    responses: { 200: json(relay, "The relay of the add-on result") },
  }),
  async (c) => {
    const { gateway, accountSid } = c.var;
    const { Sid } = c.req.valid("param");
    const { publicUrl } = gateway.settings;
    // The row says whose it is, and that there is an object to ask: asking for one makes it.
    const { sid, recordingSid } = required(await getAddOnResultOfAccount(gateway.db, accountSid, Sid), "add-on result", Sid);
    const { relay: sent } = required(await invocationOf(gateway.invocations, sid).inspect(), "relay", sid);
    return c.json(
      {
        sid,
        account_sid: accountSid,
        status: sent.status,
        attempts: sent.attempts.map(({ number, atMs, status, detail }) => ({ number, date_sent: isoDate(atMs), status, detail })),
        date_next_attempt: sent.nextAtMs === null ? null : isoDate(sent.nextAtMs),
        url: `${publicUrl}/v1/Relays/${sid}`,
        links: {
          add_on_result: `${publicUrl}${addOnResultUri(accountSid, recordingSid, sid)}.json`,
          recording: `${publicUrl}${recordingUri(accountSid, recordingSid)}.json`,
        },
      },
      200,
    );
  },
);
