import { OpenAPIHono } from "@hono/zod-openapi";
import { dollarsOfMicros, sixDecimalsOfMicros } from "../domain/billing/money.ts";
import { LEDGER_ACCOUNTS, reversalOf } from "../domain/billing/ledger.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { refuse } from "../http/refused.ts";
import { declare, form, json, z } from "../http/route.ts";
import { deskOf } from "../platform/account-desk.ts";
import { chargedInvocations } from "../platform/d1/invocations.ts";
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
    request: form(z.object({ Transaction: z.string().min(1).max(256).openapi({ description: "As the operator's or developer's entries file lists it; the SID of a credit or payment" }), Reason: z.string().min(1).max(256) })),
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
    if (first.kind === "payout") await reversePayment(gateway.d1, { transactionId, entries }, reason, Date.now());
    else await reverseAtDesk(c, transactionId, reason);
    const made = await entriesOfTransaction(gateway.d1, reversalOf(transactionId));
    const [own] = made;
    // What the desk has decided stands; D1 gets it later, and the same request then shows it.
    if (own === undefined) return refuse({ kind: "unavailable", message: "The reversal is made and not yet in the books; send the request again to see it", retryAfterSeconds: 5 });
    if (own.reason !== reason) return refuse({ kind: "conflict", message: "The Transaction was reversed before, for another Reason" });
    return c.json({ transaction: own.transactionId, reverses: own.cause, reason, entries: made.map(entryAnswer), date_created: isoDate(own.createdAtMs) }, 201);
  },
);

/** A developer's credit is decided on by its desk, so that what was spent, is held or was taken back meanwhile counts. */
async function reverseAtDesk(c: AppContext, transactionId: string, reason: string): Promise<void> {
  const { gateway } = c.var;
  const deskSid = (await entriesOfTransaction(gateway.d1, transactionId))[0]?.desk;
  if (deskSid === null || deskSid === undefined) return refuse({ kind: "not_found", message: "The Transaction was not found" });
  const desk = deskOf(gateway.desks, deskSid);
  const readAtMs = Date.now();
  if (!(await desk.flush()).isCurrent) return refuse({ kind: "unavailable", message: "The books are not up to date; send the request again", retryAfterSeconds: 5 });
  const entries = await entriesOfTransaction(gateway.d1, transactionId);
  const xrs = await wholeCharge(c, deskSid, entries);
  const copied = entries.map(({ ledgerAccount, amountMicros, versionSid, quantity }) => ({ ledgerAccount, amountMicros, versionSid, quantity }));
  const reply = await desk.reverse({ reverses: { transactionId, entries: copied }, reason, xrs, readAtMs });
  if (reply.kind === "conflict") return refuse({ kind: "conflict", message: "The Transaction was reversed before, for another Reason" });
  if (reply.kind === "late") return refuse({ kind: "unavailable", message: "The books could not be read in time; send the request again", retryAfterSeconds: 5 });
  if (reply.kind === "taken_back") return refuse({ kind: "conflict", message: `The Transaction charged ${reply.xr}, which was taken back before` });
  if (reply.kind === "not_covered") return refuse({ kind: "conflict", message: `The credit has been spent or is held: ${dollarsOfMicros(reply.leftMicros)} dollars are left` });
  await desk.flush();
}

/** @returns the invocations of a charge; it refuses one that is not what they cost: it takes others back, or some of them were taken back, and would be given back twice. */
async function wholeCharge(c: AppContext, deskSid: string, entries: readonly EntryRow[]): Promise<string[]> {
  const own = entries.find(({ ledgerAccount }) => ledgerAccount === LEDGER_ACCOUNTS.credit(deskSid));
  if (own === undefined || own.kind !== "charge") return [];
  const { versionSid, deskSeq, createdAtMs } = own;
  const rows = await chargedInvocations(c.var.gateway.d1, { accountSid: deskSid, versionSid: versionSid ?? "", deskSeq: deskSeq ?? 0, committedAtMs: createdAtMs });
  const charged = rows.reduce((sum, { price_micros }) => sum + price_micros, 0);
  // Reversed before: the desk says whether it is the same request.
  const isReversed = (await entriesOfTransaction(c.var.gateway.d1, reversalOf(own.transactionId))).length > 0;
  if (charged !== -own.amountMicros && !isReversed) return refuse({ kind: "conflict", message: "The Transaction is not what its invocations cost any more: some of them were taken back" });
  return rows.map(({ sid }) => sid);
}

const entryAnswer = ({ ledgerAccount, amountMicros, quantity, versionSid }: EntryRow) => ({
  ledger_account: ledgerAccount,
  amount: sixDecimalsOfMicros(amountMicros),
  quantity,
  add_on_version_sid: versionSid,
});
