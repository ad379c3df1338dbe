import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../http/context.ts";
import { declare, json, z } from "../http/route.ts";

/** Answers as soon as the Worker and its settings are in order. It asks no store, since look-ups go on while D1 is down. */
export const healthRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("anyone", {
    method: "get",
    path: "/health",
    summary: "Whether the gateway serves requests.",
    responses: { 200: json(z.object({ status: z.literal("ok") }), "It does") },
  }),
  (c) => c.json({ status: "ok" as const }, 200),
);
