import { OpenAPIHono } from "@hono/zod-openapi";
import { audioKey } from "../domain/recording/keys.ts";
import type { AppEnv } from "../http/context.ts";
import { rangeOf } from "../http/range.ts";
import { requireRecording } from "../http/recording.ts";
import { refuse, required } from "../http/refused.ts";
import { declare, z } from "../http/route.ts";

const audio = { content: { "audio/*": { schema: z.string().openapi({ format: "binary" }) } } };

/** Somebody else's bytes must not act as our page in a browser. */
const AS_DATA = { "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox", "Cache-Control": "private" };

/** `/Recordings/{RE}` and `/Recordings/{RE}.wav` are spellings of this path: see `routedPath`. */
export const recordingAudioRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("account", {
    method: "get",
    path: "/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}/Audio",
    summary: "The audio of a recording as it came, or one range of its bytes. `/Recordings/{Sid}` without `.json`, or with `.wav`, is the same.",
    request: { params: z.object({ AccountSid: z.string(), Sid: z.string() }) },
    responses: { 200: { ...audio, description: "All of it" }, 206: { ...audio, description: "The range that was asked for" } },
  }),
  async (c) => {
    const { gateway, accountSid } = c.var;
    const row = await requireRecording(c, c.req.valid("param").Sid);
    const etag = `"${row.sha256}"`;
    const ifRange = c.req.header("If-Range");
    const isHead = c.req.method === "HEAD";
    const range = isHead || (ifRange !== undefined && ifRange !== etag) ? rangeOf(undefined, row.sizeBytes) : rangeOf(c.req.header("Range"), row.sizeBytes);
    if (range.kind === "unsatisfiable") return refuse({ kind: "range_not_satisfiable", sizeBytes: row.sizeBytes });
    const { offset, length } = range.kind === "part" ? range : { offset: 0, length: row.sizeBytes };
    const headers = { ...AS_DATA, "Content-Type": row.mediaType, "Content-Length": String(length), "Accept-Ranges": "bytes", ETag: etag };
    if (isHead) return c.body(null, 200, headers);
    const { body } = required(await gateway.recordings.get(audioKey(accountSid, row.sid), { range: { offset, length } }), "recording", row.sid);
    if (range.kind === "whole") return c.body(body, 200, headers);
    return c.body(body, 206, { ...headers, "Content-Range": `bytes ${offset}-${offset + length - 1}/${row.sizeBytes}` });
  },
);
