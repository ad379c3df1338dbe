import { and, eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { LEDGER_ACCOUNTS } from "../../domain/billing/ledger.ts";
import { feeEntriesOf, type StatedVersion, type StatementDocument, type StatementRole, type StatementSums } from "../../domain/billing/statement.ts";
import { statements } from "./books-schema.ts";
import { type EntryPlace, insertEntries } from "./ledger-entries.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";

export type StatementRow = typeof statements.$inferSelect;

/** What a statement's lines say of their versions. @param feePercent of add-ons that have none of their own. */
export async function statedVersions(db: D1Database, versionSids: readonly string[], feePercent: string): Promise<Map<string, StatedVersion>> {
  const sql = `SELECT version.sid AS versionSid, version.add_on_sid AS addOnSid, add_on.unique_name AS uniqueName, version.number, coalesce(add_on.fee_percent, ?2) AS feePercent
    FROM json_each(?1) AS asked JOIN add_on_versions AS version ON version.sid = asked.value JOIN add_ons AS add_on ON add_on.sid = version.add_on_sid`;
  const { results } = await db.prepare(sql).bind(JSON.stringify(versionSids), feePercent).all<StatedVersion>();
  return new Map(results.map((version) => [version.versionSid, version]));
}

/** What a developer's last statement left. */
export async function lastClosingMicros(db: D1Database, accountSid: string): Promise<number> {
  const sql = "SELECT document->>'$.credit.closingMicros' AS micros FROM statements WHERE account_sid = ?1 AND role = 'developer' ORDER BY number DESC LIMIT 1";
  return (await db.prepare(sql).bind(accountSid).first<number>("micros")) ?? 0;
}

const INSERT_STATEMENT = `INSERT INTO statements (sid, account_sid, role, month, number, total_micros, document, created_at)
  SELECT ?1, ?2, ?3, ?4, 1 + coalesce((SELECT max(number) FROM statements WHERE account_sid = ?2 AND role = ?3), 0), ?5, ?6, ?7
  WHERE true ON CONFLICT (sid) DO NOTHING`;

/** How far a statement is summed: the hash of the parts that are, and where the next one begins. */
export type StatementProgress = { sums: StatementSums; sha256: string; place: EntryPlace | null; isWhole: boolean };

export async function statementProgress(db: D1Database, sid: string): Promise<StatementProgress | null> {
  const progress = await db.prepare("SELECT progress FROM statements_under_way WHERE sid = ?1").bind(sid).first<string>("progress");
  return progress === null ? null : JSON.parse(progress);
}

export async function keepProgress(db: D1Database, sid: string, progress: StatementProgress): Promise<void> {
  const sql = "INSERT INTO statements_under_way (sid, progress) VALUES (?1, ?2) ON CONFLICT (sid) DO UPDATE SET progress = excluded.progress";
  await db.prepare(sql).bind(sid, JSON.stringify(progress)).run();
}

/** A statement and its fees, in one transaction; the same statement again changes nothing. */
export async function keepStatement(db: D1Database, sid: string, document: StatementDocument, nowMs: number): Promise<void> {
  const { accountSid, role, month, netMicros } = document;
  await db.batch([
    // Only with the statement that is kept: the add-on's fee may have changed between two attempts.
    ...insertEntries(db, feeEntriesOf(document, sid, nowMs), { sql: "NOT EXISTS (SELECT 1 FROM statements WHERE sid = ?2)", value: sid }),
    db.prepare(INSERT_STATEMENT).bind(sid, accountSid, role, month, netMicros, JSON.stringify(document), nowMs),
    db.prepare("DELETE FROM statements_under_way WHERE sid = ?1").bind(sid),
  ]);
}

export const documentOf = ({ document }: Pick<StatementRow, "document">): StatementDocument => JSON.parse(document);

export type StatementFilter = { role?: StatementRole | undefined; month?: string | undefined };

/** @param accountSid null for everybody's, which only the operator lists. */
export async function listStatements(db: DrizzleD1Database, accountSid: string | null, filter: StatementFilter, request: PageRequest): Promise<Page<StatementRow>> {
  const page = pageQuery(request, statements);
  const rows = await db
    .select()
    .from(statements)
    .where(
      and(
        accountSid === null ? undefined : eq(statements.accountSid, accountSid),
        filter.role === undefined ? undefined : eq(statements.role, filter.role),
        filter.month === undefined ? undefined : eq(statements.month, filter.month),
        page.where,
      ),
    )
    .orderBy(...page.orderBy)
    .limit(page.limit)
    .offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

/** @param accountSid null for anybody's, which only the operator reads. */
export async function getStatement(db: DrizzleD1Database, accountSid: string | null, sid: string): Promise<StatementRow | undefined> {
  const isOwn = accountSid === null ? undefined : eq(statements.accountSid, accountSid);
  return db
    .select()
    .from(statements)
    .where(and(eq(statements.sid, sid), isOwn))
    .get();
}

/** The ledger account whose entries a statement sums. */
export const ledgerAccountOf = (role: StatementRole, accountSid: string): string => (role === "developer" ? LEDGER_ACCOUNTS.credit(accountSid) : LEDGER_ACCOUNTS.payable(accountSid));
