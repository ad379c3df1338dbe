import { OpenAPIHono } from "@hono/zod-openapi";
import { urlSigningKey, verifyResult } from "../domain/recording/signed-url.ts";
import { isSid } from "../domain/sid.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { rangeOf } from "../http/range.ts";
import { notFoundMessage, refuse, required } from "../http/refused.ts";
import { declare, z } from "../http/route.ts";
import { getSignedPayload, type PayloadRow } from "../platform/d1/payloads.ts";

/** A publisher wrote it, and a browser must not run it in our name. */
const AS_DATA = { "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, no-store" };

const bytes = { content: { "*/*": { schema: z.string().openapi({ format: "binary" }) } } };

/** Who has the URL may have the result. Credentials are not looked at: clients that follow the redirect send them along. */
export const storedResultRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("anyone", {
    method: "get",
    path: "/v1/StoredResults/{Sid}",
    summary: "What a publisher answered about a recording, byte for byte. The URL is the one that a payload's data led to.",
    request: { params: z.object({ Sid: z.string() }), query: z.object({ Expires: z.string().optional(), Signature: z.string().optional() }) },
    responses: { 200: { ...bytes, description: "The result" }, 206: { ...bytes, description: "The part of it that Range asked for" } },
  }),
  async (c) => {
    const { Sid: sid } = c.req.valid("param");
    const { Expires: expires = "", Signature: signature = "" } = c.req.valid("query");
    if (!isSid("XH", sid)) refuse({ kind: "not_found", message: notFoundMessage("payload", sid) });
    await requireSigned(c, sid, expires, signature);
    return storedAnswer(c, required(await getSignedPayload(c.var.gateway.db, sid), "payload", sid));
  },
);

/** Before anything is read: who makes URLs up learns nothing of what there is. */
async function requireSigned(c: AppContext, sid: string, expires: string, signature: string): Promise<void> {
  const { current, previous } = c.var.gateway.settings.encryptionKeys;
  const keys = await Promise.all([current, ...(previous === null ? [] : [previous])].map((key) => urlSigningKey(key.bytes)));
  const verdict = await verifyResult(keys, sid, { expires, signature }, Date.now());
  if (verdict === "valid") return;
  const why = verdict === "expired" ? "has expired" : "is none that the gateway gave out";
  refuse({ kind: "forbidden", message: `This URL of ${sid} ${why}: fetch the payload's Data again` });
}

/** The body goes from R2 to the client natively, whatever its size. */
async function storedAnswer(c: AppContext, { sid, key, contentType, sizeBytes }: PayloadRow): Promise<Response> {
  const { recordings } = c.var.gateway;
  const isHead = c.req.method === "HEAD";
  const range = rangeOf(isHead ? undefined : c.req.header("Range"), sizeBytes);
  if (range.kind === "unsatisfiable") return refuse({ kind: "range_not_satisfiable", sizeBytes });
  const { offset, length } = range.kind === "part" ? range : { offset: 0, length: sizeBytes };
  const headers = {
    ...AS_DATA,
    "Content-Type": contentType,
    "Content-Length": String(length),
    "Content-Disposition": `attachment; filename="${sid}.json"`,
    "Accept-Ranges": "bytes",
  };
  if (isHead) return c.body(null, 200, headers);
  const { body } = required(await recordings.get(key, { range: { offset, length } }), "payload", sid);
  if (range.kind === "whole") return c.body(body, 200, headers);
  return c.body(body, 206, { ...headers, "Content-Range": `bytes ${offset}-${offset + length - 1}/${sizeBytes}` });
}
