import { OpenAPIHono } from "@hono/zod-openapi";
import { dollarsOfMicros } from "../domain/billing/money.ts";
import { IDEMPOTENCY_KEY_CHARACTERS } from "../domain/limits.ts";
import { requireAmount } from "../http/amount-parameter.ts";
import type { AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { refuse } from "../http/refused.ts";
import { declare, form, json, z } from "../http/route.ts";
import { deskOf } from "../platform/account-desk.ts";
import { newSid } from "../platform/randomness.ts";
import { within } from "../platform/within.ts";

const credit = z
  .object({
    sid: z.string(),
    account_sid: z.string(),
    amount: z.string(),
    balance: z.string(),
    reason: z.string(),
    date_created: z.string(),
  })
  .openapi("Credit");

const balance = z.object({ account_sid: z.string(), balance: z.string(), currency: z.literal("USD") }).openapi("Balance");

const desk = z
  .object({
    account_sid: z.string(),
    balance: z.string(),
    granted: z.string(),
    spent: z.string(),
    held: z.string(),
    events: z.int(),
    pending_events: z.int(),
    pending_since: z.string().nullable(),
    flush_failures: z.int(),
    flush_error: z.string().nullable(),
    flush_tried_at: z.string().nullable(),
  })
  .openapi("Desk");

/** Ours: how long an operator waits for the books. */
const BOOKS_WAIT_MS = 2_000;

const ofAccount = z.object({ AccountSid: z.string() });

export const creditRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("operator", {
      method: "post",
      path: "/v1/Operator/Accounts/{AccountSid}/Credits",
      summary: "Adds credit to an account, once per Idempotency-Key.",
      request: {
        params: ofAccount,
        headers: z.object({ "idempotency-key": z.string().min(1).max(IDEMPOTENCY_KEY_CHARACTERS).optional() }),
        ...form(z.object({ Amount: z.string(), Reason: z.string().max(256).default("") })),
      },
      responses: { 201: json(credit, "The credit") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { Amount, Reason } = c.req.valid("form");
      const micros = requireAmount("Amount", Amount);
      const sid = newSid("CR");
      const key = c.req.valid("header")["idempotency-key"] ?? sid;
      const ownDesk = deskOf(gateway.desks, accountSid);
      const reply = await ownDesk.grant({ key, sid, micros, reason: Reason });
      if (reply.kind === "conflict") return refuse({ kind: "conflict", message: "The Idempotency-Key was used for another credit of this account" });
      if (reply.kind === "too_much") return refuse({ kind: "invalid", parameter: "Amount", message: `Amount must be at most ${dollarsOfMicros(reply.maxMicros)} dollars for this account` });
      // Who takes it back at once finds it in the books. Where D1 cannot be reached they are late, and the credit is there all the same.
      await within(BOOKS_WAIT_MS, ownDesk.flush());
      const { grant, replayed } = reply;
      if (replayed) c.header("Idempotent-Replayed", "true");
      const answer = { sid: grant.sid, account_sid: accountSid, amount: dollarsOfMicros(grant.micros), balance: dollarsOfMicros(grant.leftMicros), reason: grant.reason, date_created: isoDate(grant.grantedAtMs) };
      return c.json(answer, 201);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/Balance",
      summary: "An account's credit, asked of its desk: what was just done is in it.",
      request: { params: ofAccount },
      responses: { 200: json(balance, "The balance") },
    }),
    async (c) => {
      const { grantedMicros, spentMicros } = await deskOf(c.var.gateway.desks, c.var.accountSid).balance();
      // With what is held for recordings under way: it is the account's until they are charged.
      return c.json({ account_sid: c.var.accountSid, balance: dollarsOfMicros(grantedMicros - spentMicros), currency: "USD" as const }, 200);
    },
  )
  .openapi(
    declare("operator", {
      method: "get",
      path: "/v1/Operator/Accounts/{AccountSid}/Desk",
      summary: "An account's desk: its totals, and what the database does not have yet and why.",
      request: { params: ofAccount },
      responses: { 200: json(desk, "The desk") },
    }),
    async (c) => {
      const seen = await deskOf(c.var.gateway.desks, c.var.accountSid).inspect();
      const answer = {
        account_sid: c.var.accountSid,
        balance: dollarsOfMicros(seen.balance.grantedMicros - seen.balance.spentMicros),
        granted: dollarsOfMicros(seen.balance.grantedMicros),
        spent: dollarsOfMicros(seen.balance.spentMicros),
        held: dollarsOfMicros(seen.balance.heldMicros),
        events: seen.balance.events,
        pending_events: seen.pendingEvents,
        pending_since: dateOrNull(seen.pendingSinceMs),
        flush_failures: seen.flushFailures,
        flush_error: seen.flushError,
        flush_tried_at: dateOrNull(seen.flushTriedAtMs),
      };
      return c.json(answer, 200);
    },
  );

const dateOrNull = (atMs: number | null): string | null => (atMs === null ? null : isoDate(atMs));
