import { OpenAPIHono } from "@hono/zod-openapi";
import { dollarsOfMicros, sixDecimalsOfMicros } from "../domain/billing/money.ts";
import type { AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { refuse } from "../http/refused.ts";
import { declare, form, json, z } from "../http/route.ts";
import type { EntryRow } from "../platform/d1/ledger-entries.ts";
import { reverseTransaction, type Reversing } from "../platform/reverse-transaction.ts";

const reversal = z
  .object({
    transaction: z.string(),
    reverses: z.string(),
    reason: z.string(),
    entries: z.array(z.object({ ledger_account: z.string(), amount: z.string(), quantity: z.int(), add_on_version_sid: z.string().nullable() })),
    date_created: z.string(),
  })
  .openapi("Reversal");

/** The operator's corrections. */
export const operatorReversalRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("operator", {
    method: "post",
    path: "/v1/Operator/Reversals",
    summary: "Takes a charge, a credit or a payment back, once.",
    request: form(
      z.object({
        Transaction: z.string().min(1).max(256).openapi({ description: "As the operator's or developer's entries file lists it; the SID of a credit or payment" }),
        Reason: z.string().min(1).max(256),
      }),
    ),
    responses: { 201: json(reversal, "The reversal") },
  }),
  async (c) => {
    const { Transaction, Reason } = c.req.valid("form");
    const reply = await reverseTransaction(c.var.gateway, Transaction, Reason, Date.now());
    return c.json(reversalAnswer(reply.kind === "reversed" ? reply.entries : refuseReversal(reply), Reason), 201);
  },
);

function refuseReversal(reply: Exclude<Reversing, { kind: "reversed" }>): never {
  switch (reply.kind) {
    case "not_found":
      return refuse({ kind: "not_found", message: "The Transaction was not found" });
    case "irreversible": {
      const what = reply.transaction === "fee" ? "is a fee, which follows from its statement's line: reverse the charge" : "is a reversal itself";
      return refuse({ kind: "conflict", message: `The Transaction ${what}` });
    }
    case "conflict":
      return refuse({ kind: "conflict", message: "The Transaction was reversed before, for another Reason" });
    case "not_whole":
      return refuse({ kind: "conflict", message: "The Transaction is not what its invocations cost any more: some of them were taken back" });
    case "not_covered":
      return refuse({ kind: "conflict", message: `The credit has been spent or is held: ${dollarsOfMicros(reply.leftMicros)} dollars are left` });
    case "unavailable":
      return refuse({ kind: "unavailable", message: "The books are not up to date; send the request again", retryAfterSeconds: 5 });
  }
}

function reversalAnswer(entries: readonly EntryRow[], reason: string): z.infer<typeof reversal> {
  const [first] = entries;
  return {
    transaction: first?.transactionId ?? "",
    reverses: first?.cause ?? "",
    reason,
    entries: entries.map(({ ledgerAccount, amountMicros, quantity, versionSid }) => ({
      ledger_account: ledgerAccount,
      amount: sixDecimalsOfMicros(amountMicros),
      quantity,
      add_on_version_sid: versionSid,
    })),
    date_created: isoDate(first?.createdAtMs ?? 0),
  };
}
