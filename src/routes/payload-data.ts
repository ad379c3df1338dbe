import { OpenAPIHono } from "@hono/zod-openapi";
import { signResult, urlSigningKey } from "../domain/recording/signed-url.ts";
import { requirePayload } from "../http/add-on-result.ts";
import type { AppEnv } from "../http/context.ts";
import { declare, json, z } from "../http/route.ts";

const ofPayload = z.object({ AccountSid: z.string(), ReferenceSid: z.string(), AddOnResultSid: z.string(), PayloadSid: z.string() });

/** The data may be 100 MB, so that it is led to and not answered: clients that follow redirects get it at once, the others the URL. */
export const payloadDataRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("account", {
    method: "get",
    path: "/2010-04-01/Accounts/{AccountSid}/Recordings/{ReferenceSid}/AddOnResults/{AddOnResultSid}/Payloads/{PayloadSid}/Data",
    summary: "Leads to a payload's data: a URL that works for 10 minutes, without credentials.",
    request: { params: ofPayload },
    responses: { 307: json(z.object({ redirect_to: z.string() }).openapi("PayloadData"), "Where the data is") },
  }),
  async (c) => {
    const { publicUrl, encryptionKeys } = c.var.gateway.settings;
    const { ReferenceSid, AddOnResultSid, PayloadSid } = c.req.valid("param");
    const { sid } = await requirePayload(c, ReferenceSid, AddOnResultSid, PayloadSid);
    const { expires, signature } = await signResult(await urlSigningKey(encryptionKeys.current.bytes), sid, Date.now());
    const url = `${publicUrl}/v1/StoredResults/${sid}?Expires=${expires}&Signature=${signature}`;
    return c.json({ redirect_to: url }, 307, { Location: url, "Cache-Control": "no-store" });
  },
);
