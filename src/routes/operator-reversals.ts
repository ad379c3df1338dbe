import { OpenAPIHono } from "@hono/zod-openapi";
import { dollarsOfMicros, sixDecimalsOfMicros } from "../domain/billing/money.ts";
import { reversalOf } from "../domain/billing/ledger.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { refuse } from "../http/refused.ts";
import { declare, form, json, z } from "../http/route.ts";
import { deskOf } from "../platform/account-desk.ts";
import { type EntryRow, entriesOfTransaction } from "../platform/d1/ledger-entries.ts";
import { reversePayment } from "../platform/d1/payments.ts";

const reversal = z
  .object({
    transaction: z.string(),
    reverses: z.string(),
    reason: z.string(),
    entries: z.array(z.object({ ledger_account: z.string(), amount: z.string(), quantity: z.int(), add_on_version_sid: z.string().nullable() })),
    date_created: z.string(),
  })
  .openapi("Reversal");

/** The operator's corrections: nothing in the ledger is changed, so what was wrong is taken back by a transaction of its own. */
export const operatorReversalRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("operator", {
    method: "post",
    path: "/v1/Operator/Reversals",
    summary: "Takes a charge, a credit or a payment back, once.",
    request: form(z.object({ Transaction: z.string().min(1).max(256).openapi({ description: "As an entries file lists it; the SID of a credit or payment" }), Reason: z.string().min(1).max(256) })),
    responses: { 201: json(reversal, "The reversal") },
  }),
  async (c) => {
    const { gateway } = c.var;
    const { Transaction: transactionId, Reason: reason } = c.req.valid("form");
    const entries = await entriesOfTransaction(gateway.d1, transactionId);
    const [first] = entries;
    if (first === undefined) return refuse({ kind: "not_found", message: "The Transaction was not found" });
    if (first.kind === "reversal") return refuse({ kind: "conflict", message: "The Transaction is a reversal itself" });
    if (first.kind === "fee") return refuse({ kind: "conflict", message: "The Transaction is a fee, which follows from its statement's line: reverse the charge" });
    if (first.desk === null) await reversePayment(gateway.d1, { transactionId, entries }, reason, Date.now());
    else await reverseAtDesk(c, first.desk, transactionId, entries, reason);
    const made = await entriesOfTransaction(gateway.d1, reversalOf(transactionId));
    const [own] = made;
    // What the desk has decided stands; D1 gets it later, and the same request then shows it.
    if (own === undefined) return refuse({ kind: "unavailable", message: "The reversal is made and not yet in the books; send the request again to see it", retryAfterSeconds: 5 });
    if (own.reason !== reason) return refuse({ kind: "conflict", message: "The Transaction was reversed before, for another Reason" });
    return c.json({ transaction: own.transactionId, reverses: own.cause, reason, entries: made.map(entryAnswer), date_created: isoDate(own.createdAtMs) }, 201);
  },
);

/** A developer's credit is decided on by its desk, so that what was spent or is held meanwhile counts. */
async function reverseAtDesk(c: AppContext, deskSid: string, transactionId: string, entries: EntryRow[], reason: string): Promise<void> {
  const desk = deskOf(c.var.gateway.desks, deskSid);
  const copied = entries.map(({ ledgerAccount, amountMicros, versionSid, quantity }) => ({ ledgerAccount, amountMicros, versionSid, quantity }));
  const reply = await desk.reverse({ reverses: { transactionId, entries: copied }, reason });
  if (reply.kind === "conflict") return refuse({ kind: "conflict", message: "The Transaction was reversed before, for another Reason" });
  if (reply.kind === "not_covered") return refuse({ kind: "conflict", message: `The credit has been spent or is held: ${dollarsOfMicros(reply.leftMicros)} dollars are left` });
  await desk.flush();
}

const entryAnswer = ({ ledgerAccount, amountMicros, quantity, versionSid }: EntryRow) => ({
  ledger_account: ledgerAccount,
  amount: sixDecimalsOfMicros(amountMicros),
  quantity,
  add_on_version_sid: versionSid,
});
