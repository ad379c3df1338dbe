import { LEDGER_ACCOUNTS, reversalEntries, reversalOf, type Reversed, transfer } from "../../domain/billing/ledger.ts";
import { payments } from "./books-schema.ts";
import { insertEntries } from "./ledger-entries.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import type { StatementRow } from "./statements.ts";

export type PaymentRow = {
  sid: string;
  statement_sid: string;
  account_sid: string;
  amount_micros: number;
  reference: string;
  created_at: number;
  /** When it was taken back, such as after a transfer that the bank returned. */
  reversed_at: number | null;
};

const PAYMENT = `SELECT sid, statement_sid, account_sid, amount_micros, reference, payments.created_at, (
    SELECT entry.created_at FROM ledger_entries AS entry WHERE entry.transaction_id = ${quotedReversal("payments.sid")} LIMIT 1) AS reversed_at
  FROM payments`;

/** `reversalOf`, in SQL. */
function quotedReversal(sid: string): string {
  return `${sid} || '${reversalOf("")}'`;
}

/**
 * What a publisher's statements up to this one came to, or, where later ones took something back, what all of them came to; less all that it was
 * paid.
 */
const OWED = `(SELECT min(coalesce(sum(total_micros) FILTER (WHERE number <= ?2), 0), coalesce(sum(total_micros), 0)) FROM statements WHERE account_sid = ?1 AND role = 'publisher')
  - (SELECT coalesce(sum(amount_micros), 0) FROM ledger_entries WHERE ledger_account = ?3)`;

type Payout = { sid: string; amountMicros: number; reference: string; key: string };

export type PaymentReply =
  | { kind: "paid"; payment: PaymentRow; replayed: boolean }
  /** The key was used for another amount or reference. */
  | { kind: "conflict" }
  | { kind: "too_much"; owedMicros: number };

/** Records a payment once per key, and never more than the publisher is owed: both decided by the database in one transaction. */
export async function pay(db: D1Database, statement: StatementRow, { sid, amountMicros, reference, key }: Payout, nowMs: number): Promise<PaymentReply> {
  const { sid: statementSid, accountSid, number } = statement;
  const owner = [accountSid, number, LEDGER_ACCOUNTS.paidOut(accountSid)] as const;
  const entries = transfer(LEDGER_ACCOUNTS.payable(accountSid), LEDGER_ACCOUNTS.paidOut(accountSid), amountMicros, {
    transactionId: sid,
    kind: "payout",
    cause: statementSid,
    versionSid: null,
    quantity: 1,
    month: null,
    desk: null,
    deskSeq: null,
    reason: reference,
    createdAtMs: nowMs,
  });
  const insert = `INSERT INTO payments (sid, statement_sid, account_sid, amount_micros, reference, idempotency_key, created_at)
    SELECT ?4, ?5, ?1, ?6, ?7, ?8, ?9 WHERE ${OWED} >= ?6 ON CONFLICT (statement_sid, idempotency_key) DO NOTHING`;
  await db.batch([
    db.prepare(insert).bind(...owner, sid, statementSid, amountMicros, reference, key, nowMs),
    ...insertEntries(db, entries, { sql: "EXISTS (SELECT 1 FROM payments WHERE sid = ?2)", value: sid }),
  ]);
  const payment = await db.prepare(`${PAYMENT} WHERE statement_sid = ?1 AND idempotency_key = ?2`).bind(statementSid, key).first<PaymentRow>();
  if (payment === null) return { kind: "too_much", owedMicros: (await db.prepare(`SELECT ${OWED} AS micros`).bind(...owner).first<number>("micros")) ?? 0 };
  if (payment.amount_micros !== amountMicros || payment.reference !== reference) return { kind: "conflict" };
  return { kind: "paid", payment, replayed: payment.sid !== sid };
}

/** Takes a payment back, once. */
export async function reversePayment(db: D1Database, reverses: Reversed, reason: string, nowMs: number): Promise<void> {
  const entries = reversalEntries({ sid: reversalOf(reverses.transactionId), grantedAtMs: nowMs, reason }, reverses, { month: null, desk: null, deskSeq: null });
  await db.batch(insertEntries(db, entries));
}

export async function listPayments(db: D1Database, statementSid: string, request: PageRequest): Promise<Page<PaymentRow>> {
  const page = pageQuery(request, payments);
  const { cursor } = request;
  const isBackwards = cursor?.direction === "before";
  const beyond = cursor === null ? "" : `AND (payments.created_at, sid) ${isBackwards ? ">" : "<"} (?2, ?3)`;
  const order = isBackwards ? "payments.created_at, sid" : "payments.created_at DESC, sid DESC";
  const sql = `${PAYMENT} WHERE statement_sid = ?1 ${beyond} ORDER BY ${order} LIMIT ${page.limit} OFFSET ${page.offset}`;
  const { results } = await db.prepare(sql).bind(statementSid, ...(cursor === null ? [] : [cursor.createdAtMs, cursor.sid])).all<PaymentRow>();
  return page.pageOf(results, (row) => ({ createdAtMs: row.created_at, sid: row.sid }));
}
