import { OpenAPIHono } from "@hono/zod-openapi";
import { sixDecimalsOfMicros } from "../domain/billing/money.ts";
import { isOver } from "../domain/billing/month.ts";
import { IDEMPOTENCY_KEY_CHARACTERS } from "../domain/limits.ts";
import { requireAmount } from "../http/amount-parameter.ts";
import type { AppEnv } from "../http/context.ts";
import { csvAnswer } from "../http/csv-answer.ts";
import { requireMonth } from "../http/month-parameter.ts";
import { flushOwnDesk } from "../http/own-desk.ts";
import { refuse } from "../http/refused.ts";
import { declare, form, json, z } from "../http/route.ts";
import { payment, paymentAnswer, requireStatement } from "../http/statement-reading.ts";
import { closeMonthsUpTo } from "../platform/close-month.ts";
import { closingProgress } from "../platform/d1/month-closing.ts";
import { pay } from "../platform/d1/payments.ts";
import { newSid } from "../platform/randomness.ts";
import { byId, entriesFile } from "../platform/statement-entries.ts";

const closing = z
  .object({
    month: z.string(),
    status: z.enum(["closing", "closed"]).openapi({ description: "`closing`: send the request again, or leave the rest to the next scheduled run" }),
    accounts_left: z.int().openapi({ description: "Accounts whose desks have not handed over yet what is of the month" }),
    statements: z.int(),
  })
  .openapi("MonthClosing");

/** What the operator does with statements: closes months, pays publishers, and sees what there is to be reversed. */
export const operatorStatementRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("operator", {
      method: "post",
      path: "/v1/Operator/Statements",
      summary: "Goes on making the statements of the months that are over, up to this one; what exists is left as it is.",
      request: form(z.object({ Month: z.string() })),
      responses: { 200: json(closing, "How far it is") },
    }),
    async (c) => {
      const { gateway } = c.var;
      const month = requireMonth("Month", c.req.valid("form").Month);
      const nowMs = Date.now();
      if (!isOver(month, nowMs)) return refuse({ kind: "invalid", parameter: "Month", message: "Month must be one that has been over for ten minutes" });
      const isClosed = await closeMonthsUpTo(month, gateway, nowMs);
      const { desksLeft, statements } = await closingProgress(gateway.d1, month);
      return c.json({ month, status: isClosed ? ("closed" as const) : ("closing" as const), accounts_left: isClosed ? 0 : desksLeft, statements }, 200);
    },
  )
  .openapi(
    declare("operator", {
      method: "get",
      path: "/v1/Operator/Accounts/{AccountSid}/Entries.csv",
      summary: "An account's ledger entries of a month, also of one that is not over, with the IDs of their transactions.",
      request: { params: z.object({ AccountSid: z.string() }), query: z.object({ Month: z.string(), Role: z.enum(["developer", "publisher"]).default("developer") }) },
      responses: { 200: { content: { "text/csv": { schema: z.string() } }, description: "The entries" } },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { Month, Role } = c.req.valid("query");
      const month = requireMonth("Month", Month);
      await flushOwnDesk(c);
      return csvAnswer(c, `${accountSid}-entries`, entriesFile(gateway.d1, Role, accountSid, month, byId));
    },
  )
  .openapi(
    declare("operator", {
      method: "post",
      path: "/v1/Operator/Statements/{Sid}/Payments",
      summary: "Records a payment to a publisher, once per Idempotency-Key, of at most what it is owed.",
      request: {
        params: z.object({ Sid: z.string() }),
        headers: z.object({ "idempotency-key": z.string().min(1).max(IDEMPOTENCY_KEY_CHARACTERS).optional() }),
        ...form(z.object({ Amount: z.string(), Reference: z.string().max(256).default("") })),
      },
      responses: { 201: json(payment, "The payment") },
    }),
    async (c) => {
      const { gateway } = c.var;
      const { Amount, Reference: reference } = c.req.valid("form");
      const amountMicros = requireAmount("Amount", Amount);
      const row = await requireStatement(c, { accountSid: null }, c.req.valid("param").Sid);
      if (row.role !== "publisher") return refuse({ kind: "conflict", message: `The statement ${row.sid} is a developer's, to whom nothing is paid` });
      const sid = newSid("PY");
      const reply = await pay(gateway.d1, row, { sid, amountMicros, reference, key: c.req.valid("header")["idempotency-key"] ?? sid }, Date.now());
      if (reply.kind === "conflict") return refuse({ kind: "conflict", message: "The Idempotency-Key was used for another payment of this statement" });
      if (reply.kind === "too_much") {
        return refuse({ kind: "invalid", parameter: "Amount", message: `Amount must be at most ${sixDecimalsOfMicros(Math.max(0, reply.owedMicros))} dollars, which is owed up to this statement` });
      }
      if (reply.replayed) c.header("Idempotent-Replayed", "true");
      return c.json(paymentAnswer(reply.payment), 201);
    },
  );
