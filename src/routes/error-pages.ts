import { OpenAPIHono } from "@hono/zod-openapi";
import { html } from "hono/html";
import { ERROR_CODES, type ErrorCode } from "../domain/error-code.ts";
import type { AppEnv } from "../http/context.ts";
import { required } from "../http/refused.ts";
import { declare, z } from "../http/route.ts";

const ACTORS = { you: "You", publisher: "The publisher", operator: "The operator", nobody: "Nobody" } as const;

/** The page that every error's `more_info` leads to, made from the one table of codes. */
export const errorPageRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("anyone", {
    method: "get",
    path: "/docs/errors/{Code}",
    summary: "What an error code means, who must act, and whether it is billed.",
    request: { params: z.object({ Code: z.string() }) },
    responses: { 200: { content: { "text/html": { schema: z.string() } }, description: "The page" } },
  }),
  (c) => {
    const text = c.req.valid("param").Code;
    const code = required(codeOf(text), "error code", text);
    const { title, happened, actor, act, billed } = ERROR_CODES[code];
    return c.html(html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${code}: ${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}dt{font-weight:600;margin-top:1rem}dd{margin:0}</style>
</head>
<body>
<h1>${code}: ${title}</h1>
<dl>
<dt>What happened</dt><dd>${happened}</dd>
<dt>Who must act</dt><dd>${ACTORS[actor]}. ${act}</dd>
<dt>Billed</dt><dd>${billed ? "Yes" : "No"}</dd>
</dl>
</body>
</html>`);
  },
);

function codeOf(text: string): ErrorCode | null {
  return (Object.keys(ERROR_CODES).map(Number) as ErrorCode[]).find((code) => String(code) === text) ?? null;
}
