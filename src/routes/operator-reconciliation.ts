import { OpenAPIHono } from "@hono/zod-openapi";
import type { Difference } from "../domain/billing/reconciliation.ts";
import { sixDecimalsOfMicros } from "../domain/billing/money.ts";
import type { AppEnv } from "../http/context.ts";
import { booleanParameter, declare, form, json, z } from "../http/route.ts";
import { listDifferences, reconcileFromStart } from "../platform/d1/reconciliations.ts";
import { reconcile } from "../platform/reconcile.ts";

const DIFFERENCES_SHOWN = 100;

const difference = z.object({
  desk: z.string(),
  first_seq: z.int(),
  last_seq: z.int(),
  invocations: z.object({ count: z.int(), charged: z.string() }),
  ledger: z.object({ charged: z.string(), granted: z.string(), unbalanced: z.int().openapi({ description: "Transactions that do not sum to zero" }), mismatched: z.int().openapi({ description: "Add-on versions whose publisher is owed something else than their invocations cost, less what reversals take back" }) }),
  checkpoints: z.object({ count: z.int(), charged: z.string(), granted: z.string() }),
});

const reconciliation = z
  .object({
    status: z.enum(["complete", "continuing"]).openapi({ description: "`continuing`: there was more than one run compares; send the request again, without FromStart" }),
    desks_compared: z.int(),
    transactions: z.array(z.string()).openapi({ description: "Fees, payments and their reversals that do not sum to zero, or do not take back what they point to; a hundred at most" }),
    differences: z.array(difference).openapi({ description: "All that stand, also of earlier runs" }),
  })
  .openapi("Reconciliation");

/** Whether what was invoked, what was booked and what the desks say of themselves is the same. A scheduled run does this too. */
export const operatorReconciliationRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("operator", {
    method: "post",
    path: "/v1/Operator/Reconciliation",
    summary: "Compares invocations, ledger and the desks' checkpoints at once.",
    request: form(z.object({ FromStart: booleanParameter.default(false).openapi({ type: "boolean", description: "From each desk's first segment, in place of where it was last found equal: this run and those that follow" }) })),
    responses: { 200: json(reconciliation, "What was found") },
  }),
  async (c) => {
    const { gateway } = c.var;
    if (c.req.valid("form").FromStart) await reconcileFromStart(gateway.d1);
    const { checked, isComplete, broken } = await reconcile(gateway, Date.now());
    const differences = await listDifferences(gateway.d1, DIFFERENCES_SHOWN);
    return c.json({ status: isComplete ? ("complete" as const) : ("continuing" as const), desks_compared: checked, transactions: broken, differences: differences.map(differenceAnswer) }, 200);
  },
);

const differenceAnswer = ({ desk, fromSeq, toSeq, invocations, ledger, checkpoints }: Difference) => ({
  desk,
  first_seq: fromSeq + 1,
  last_seq: toSeq,
  invocations: { count: invocations.events, charged: sixDecimalsOfMicros(invocations.chargedMicros) },
  ledger: { charged: sixDecimalsOfMicros(ledger.chargedMicros), granted: sixDecimalsOfMicros(ledger.grantedMicros), unbalanced: ledger.unbalanced, mismatched: ledger.mismatched },
  checkpoints: { count: checkpoints.events, charged: sixDecimalsOfMicros(checkpoints.chargedMicros), granted: sixDecimalsOfMicros(checkpoints.grantedMicros) },
});
