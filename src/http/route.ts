import { createRoute, type RouteConfig } from "@hono/zod-openapi";
import { z } from "../domain/zod.ts";
import { callerMiddleware, type MayCall } from "./caller.ts";

/** The body of every error, as the public API has it. */
const errorBody = z
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
    responses: { ...route.responses, default: json(errorBody, "An error; `more_info` leads to what its code means") },
    security: SECURITY[mayCall],
    "x-may-call": mayCall,
    middleware: mayCall === "anyone" || mayCall === "carrier" ? [] : [callerMiddleware(mayCall)],
  });
}

const SECURITY: Record<MayCall, Record<string, string[]>[]> = {
  anyone: [],
  account: [{ basic: [] }],
  account_or_test: [{ basic: [] }],
  token: [{ basic: [] }],
  operator: [{ basic: [] }],
  carrier: [{ basic: [] }, { twilioSignature: [] }],
};

/** A body of form parameters: what every client of the public API sends. */
export const form = <S extends z.ZodType>(schema: S) => ({
  // Always "required": without it a request that has no Content-Type would skip validation.
  body: { content: { "application/x-www-form-urlencoded": { schema } }, required: true as const },
});

/** A JSON answer. */
export const json = <S extends z.ZodType>(schema: S, description: string) => ({ content: { "application/json": { schema } }, description });

export const noContent = (description: string) => ({ 204: { description } });

/**
 * A JSON body that the domain checks itself, since it names every problem at once. The description is made from the same schema that
 * the domain parses with.
 */
export const jsonDocument = (description: string, schema: z.ZodType = z.unknown()) => ({
  body: { content: { "application/json": { schema: z.unknown().openapi({ description, ...described(schema) }) } }, required: true as const },
});

function described(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...shape } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return shape;
}

export const booleanParameter = z.enum(["true", "false", "True", "False"], "must be true or false").transform((text) => text.toLowerCase() === "true");

export { z };
