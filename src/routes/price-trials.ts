import { OpenAPIHono } from "@hono/zod-openapi";
import { dollarsOfMicros } from "../domain/billing/money.ts";
import { priceTrialSchema, tryPrices } from "../domain/billing/price-trial.ts";
import { problemsOfShape } from "../domain/catalog/definition-check.ts";
import { compileVersion } from "../domain/catalog/compiled-version.ts";
import type { Definition } from "../domain/catalog/definition.ts";
import type { AppEnv } from "../http/context.ts";
import { jsonBody, refuseProblems } from "../http/json-body.ts";
import { requireOwnVersion } from "../http/own-version.ts";
import { refuse } from "../http/refused.ts";
import { declare, json, jsonDocument, z } from "../http/route.ts";
import { definitionOf } from "../platform/d1/add-ons.ts";

const priceTrial = z
  .object({
    add_on_version_sid: z.string(),
    billed: z.int(),
    total: z.string().openapi({ description: "Of all samples, in dollars" }),
    price_unit: z.literal("USD"),
    samples: z.array(z.object({ billed: z.boolean(), price: z.string(), reason: z.string() })).openapi({ description: "In their order" }),
  })
  .openapi("PriceTrial");

export const priceTrialRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("account", {
    method: "post",
    path: "/v1/Publisher/AddOns/{AddOnSid}/Versions/{VersionSid}/PriceTrial",
    summary: "Tries a version's price rule, or another one, on given answers: which would have been billed, and why. Nothing of them is kept.",
    request: { params: z.object({ AddOnSid: z.string(), VersionSid: z.string() }), ...jsonDocument("The samples, and a rule in place of the version's", priceTrialSchema) },
    responses: { 200: json(priceTrial, "What each sample would have cost") },
  }),
  async (c) => {
    const { row } = await requireOwnVersion(c, c.req.valid("param"));
    const definition = definitionOf(row);
    const parsed = priceTrialSchema.safeParse(await jsonBody(c));
    if (!parsed.success) return refuseProblems("The trial", problemsOfShape(parsed.error));
    const { pricing = definition.pricing, samples } = parsed.data;
    const trials = tryPrices({ type: definition.type, pricing, responseSchema: requireResponseSchema(row.sid, definition) }, samples);
    if (!trials.ok) return refuseProblems("The rule", trials.error);
    const answer = {
      add_on_version_sid: row.sid,
      billed: trials.value.filter(({ isBilled }) => isBilled).length,
      total: dollarsOfMicros(Math.min(trials.value.reduce((sum, { priceMicros }) => sum + priceMicros, 0), Number.MAX_SAFE_INTEGER)),
      price_unit: "USD" as const,
      samples: trials.value.map(({ isBilled, priceMicros, reason }) => ({ billed: isBilled, price: dollarsOfMicros(priceMicros), reason })),
    };
    return c.json(answer, 200);
  },
);

/** A newer gateway, with other rules, may have stored it. */
function requireResponseSchema(versionSid: string, definition: Definition) {
  try {
    return compileVersion(versionSid, definition).responseSchema;
  } catch {
    return refuse({ kind: "conflict", message: `The version ${versionSid} cannot be run by this gateway` });
  }
}
