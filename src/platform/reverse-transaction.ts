import { LEDGER_ACCOUNTS, reversalOf } from "../domain/billing/ledger.ts";
import type { ReversalReply } from "../domain/billing/reversal.ts";
import type { Env } from "../env.ts";
import { deskOf } from "./account-desk.ts";
import { chargedInvocations } from "./d1/invocations.ts";
import { type EntryRow, entriesOfTransaction } from "./d1/ledger-entries.ts";
import { reversePayment } from "./d1/payments.ts";

type Ports = { d1: D1Database; desks: Env["ACCOUNT_DESK"] };

export type Reversing =
  | { kind: "reversed"; entries: EntryRow[] }
  | { kind: "not_found" }
  /** A reversal, or a fee, which follows from its statement's line. */
  | { kind: "irreversible"; transaction: "reversal" | "fee" }
  /** It was reversed before, for another reason. */
  | { kind: "conflict" }
  /** It is not what its invocations cost any more: it takes others back, or some of them were taken back, and would be given back twice. */
  | { kind: "not_whole" }
  | { kind: "not_covered"; leftMicros: number }
  /** The books are not up to date, or could not be read in time; what the desk has decided stands, and the same request then shows it. */
  | { kind: "unavailable" };

/** Takes a charge, a credit or a payment back, once: by a transaction of its own, since nothing in the ledger is changed. */
export async function reverseTransaction(ports: Ports, transactionId: string, reason: string, nowMs: number): Promise<Reversing> {
  const entries = await entriesOfTransaction(ports.d1, transactionId);
  const [first] = entries;
  if (first === undefined) return { kind: "not_found" };
  if (first.kind === "reversal" || first.kind === "fee") return { kind: "irreversible", transaction: first.kind };
  if (first.kind === "payout") await reversePayment(ports.d1, { transactionId, entries }, reason, nowMs);
  else if (first.desk !== null) {
    const reply = await askDesk(ports, first.desk, { transactionId, entries }, reason, nowMs);
    if (reply.kind === "taken_back") return { kind: "not_whole" };
    if (reply.kind === "late") return { kind: "unavailable" };
    if (reply.kind !== "reversed") return reply;
  }
  const made = await entriesOfTransaction(ports.d1, reversalOf(transactionId));
  if (made[0] === undefined) return { kind: "unavailable" };
  return made[0].reason === reason ? { kind: "reversed", entries: made } : { kind: "conflict" };
}

/** A developer's credit is decided on by its desk, so that what was spent, is held or was taken back meanwhile counts. */
async function askDesk({ d1, desks }: Ports, deskSid: string, { transactionId, entries }: { transactionId: string; entries: EntryRow[] }, reason: string, nowMs: number): Promise<ReversalReply | { kind: "not_whole" }> {
  const desk = deskOf(desks, deskSid);
  // Entries never change; what its invocations cost may have.
  if (!(await desk.flush()).isCurrent) return { kind: "late" };
  const xrs = await invocationsOf(d1, deskSid, entries);
  if (xrs === null) return { kind: "not_whole" };
  const copied = entries.map(({ ledgerAccount, amountMicros, versionSid, quantity }) => ({ ledgerAccount, amountMicros, versionSid, quantity }));
  const reply = await desk.reverse({ reverses: { transactionId, entries: copied }, reason, xrs, readAtMs: nowMs });
  await desk.flush();
  return reply;
}

/** @returns what a charge was for, none for a credit; null when it is not what they cost. */
async function invocationsOf(d1: D1Database, deskSid: string, entries: readonly EntryRow[]): Promise<string[] | null> {
  const own = entries.find(({ ledgerAccount }) => ledgerAccount === LEDGER_ACCOUNTS.credit(deskSid));
  if (own === undefined || own.kind !== "charge") return [];
  const { versionSid, deskSeq, createdAtMs } = own;
  const rows = await chargedInvocations(d1, { accountSid: deskSid, versionSid: versionSid ?? "", deskSeq: deskSeq ?? 0, committedAtMs: createdAtMs });
  const chargedMicros = rows.reduce((sum, { price_micros }) => sum + price_micros, 0);
  return chargedMicros === -own.amountMicros ? rows.map(({ sid }) => sid) : null;
}
