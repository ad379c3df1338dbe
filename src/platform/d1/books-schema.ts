import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** What a desk says of itself with each flush: reconciliation compares it with the invocations and the ledger. */
export const deskCheckpoints = sqliteTable(
  "desk_checkpoints",
  {
    desk: text("desk").notNull(),
    /** The last of the desk's segments that this flush carried. */
    seq: integer("seq").notNull(),
    /** The first of them. */
    fromSeq: integer("from_seq").notNull(),
    /** All that the desk ever recorded, charged and was granted, up to `seq`. */
    events: integer("events").notNull(),
    chargedMicros: integer("charged_micros").notNull(),
    grantedMicros: integer("granted_micros").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.desk, t.seq] })],
);

/** Append-only, which the database itself enforces (triggers of migration 0005). The entries of one `transactionId` sum to zero. */
export const ledgerEntries = sqliteTable(
  "ledger_entries",
  {
    transactionId: text("transaction_id").notNull(),
    /** One of `LEDGER_ACCOUNTS` in `domain/billing/ledger.ts`. */
    ledgerAccount: text("ledger_account").notNull(),
    /** Positive: the ledger account's claim grows; negative: it shrinks. */
    amountMicros: integer("amount_micros").notNull(),
    kind: text("kind", { enum: ["charge", "credit", "reversal", "fee", "payout"] }).notNull(),
    /** What caused it: `desk/from-to` of charges, the SID of a credit, the transaction of a reversal, the statement of a fee or payout. */
    cause: text("cause").notNull(),
    versionSid: text("version_sid"),
    quantity: integer("quantity").notNull(),
    /** The month whose statements count it, such as 2026-01; null for fees and payouts, which follow from statements. */
    month: text("month"),
    /** The desk that decided it, and the last segment of the flush that brought it; null for fees and payouts. */
    desk: text("desk"),
    deskSeq: integer("desk_seq"),
    /** As the operator gave it, of credits, reversals and payouts. */
    reason: text("reason"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.transactionId, t.ledgerAccount] }),
    index("ledger_entries_by_account").on(t.ledgerAccount, t.createdAt),
    // In the order in which statements list their entries.
    index("ledger_entries_by_month").on(t.ledgerAccount, t.month, t.createdAt, t.transactionId).where(sql`month IS NOT NULL`),
    index("ledger_entries_by_desk").on(t.desk, t.deskSeq).where(sql`desk IS NOT NULL`),
  ],
);

/** The months that were closed or are being closed, in their order. */
export const closedMonths = sqliteTable("closed_months", {
  /** Such as 2026-01. */
  month: text("month").primaryKey(),
  /** Null while some of its statements are still to be made. */
  closedAt: integer("closed_at"),
  createdAt: integer("created_at").notNull(),
});

/** Where a desk's month ends: its invocations from `fromSeq` to `toSeq` are the month's, whatever any clock says. */
export const deskClosings = sqliteTable(
  "desk_closings",
  {
    desk: text("desk").notNull(),
    month: text("month").notNull(),
    fromSeq: integer("from_seq").notNull(),
    /** Below `fromSeq` where nothing happened. */
    toSeq: integer("to_seq").notNull(),
    /** How many invocations these are. */
    events: integer("events").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.month, t.desk] })],
);

/** Immutable, which the database itself enforces. */
export const statements = sqliteTable(
  "statements",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    role: text("role", { enum: ["developer", "publisher"] }).notNull(),
    month: text("month").notNull(),
    /** Of the account's statements in this role, from 1 without gaps. */
    number: integer("number").notNull(),
    /** What the month comes to for the account. */
    totalMicros: integer("total_micros").notNull(),
    /** A `StatementDocument`, as JSON. */
    document: text("document").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("statements_by_month").on(t.month, t.accountSid, t.role),
    uniqueIndex("statements_by_number").on(t.accountSid, t.role, t.number),
    index("statements_by_account").on(t.accountSid, t.createdAt),
  ],
);

/** How far a statement's entries are summed, where one run was not enough. */
export const statementsUnderWay = sqliteTable("statements_under_way", {
  sid: text("sid").primaryKey(),
  /** A `StatementProgress`, as JSON. */
  progress: text("progress").notNull(),
});

/** What was paid to publishers. Its ledger transaction has its SID. */
export const payments = sqliteTable(
  "payments",
  {
    sid: text("sid").primaryKey(),
    statementSid: text("statement_sid").notNull(),
    accountSid: text("account_sid").notNull(),
    amountMicros: integer("amount_micros").notNull(),
    reference: text("reference").notNull(),
    /** The operator's, so that a payment is recorded once. */
    idempotencyKey: text("idempotency_key").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [uniqueIndex("payments_by_key").on(t.statementSid, t.idempotencyKey), index("payments_by_statement").on(t.statementSid, t.createdAt)],
);

/** Up to where a desk's invocations, ledger entries and checkpoints were found equal, and what was found different after that. */
export const reconciliations = sqliteTable("reconciliations", {
  desk: text("desk").primaryKey(),
  seq: integer("seq").notNull(),
  /** A `Difference` as JSON; null where there is none. */
  difference: text("difference"),
  checkedAt: integer("checked_at").notNull(),
});
