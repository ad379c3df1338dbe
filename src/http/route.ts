import { createRoute, z, type RouteConfig } from "@hono/zod-openapi";
import { callerMiddleware, type MayCall } from "./caller.ts";

/** The body of every error, as the public API has it. */
export const errorBody = z
  .object({
    code: z.int(),
    message: z.string(),
    more_info: z.url(),
    status: z.int(),
    details: z.object({ problems: z.array(z.object({ path: z.string(), message: z.string() })) }).optional(),
  })
  .openapi("Error");

/**
 * Declares a route once: who may call it, its parameters and its answers. Parsing, error messages, types and authentication follow
 * from it.
 */
export function declare<P extends string, R extends Omit<RouteConfig, "path" | "middleware" | "security"> & { path: P }>(mayCall: MayCall, route: R) {
  return createRoute({
    ...route,
    security: mayCall === "anyone" ? [] : [{ basic: [] }],
    middleware: mayCall === "anyone" ? [] : [callerMiddleware(mayCall)],
  });
}

/** A body of form parameters: what every client of the public API sends. */
export const form = <S extends z.ZodType>(schema: S) => ({
  // Always "required": without it a request that has no Content-Type would skip validation.
  body: { content: { "application/x-www-form-urlencoded": { schema } }, required: true as const },
});

/** A JSON answer. */
export const json = <S extends z.ZodType>(schema: S, description: string) => ({ content: { "application/json": { schema } }, description });

export const noContent = (description: string) => ({ 204: { description } });

/** A JSON body that the domain checks itself, since it names every problem at once. */
export const jsonDocument = (description: string) => ({
  body: { content: { "application/json": { schema: z.unknown().openapi({ type: "object", description }) } }, required: true as const },
});

export const booleanParameter = z.enum(["true", "false", "True", "False"], "must be true or false").transform((text) => text.toLowerCase() === "true");

export { z };
