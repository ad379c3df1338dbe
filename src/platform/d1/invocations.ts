import { INVOCATION_MAX_MS } from "../../domain/billing/reconciliation.ts";
import type { InvocationRecord } from "../../domain/billing/invocation-record.ts";
import { doneTo, keepDoneTo } from "./done-to.ts";
import type { Cursor, Page, PageRequest } from "./page.ts";

/** A row of the log. `details` is null once it was forgotten or is past its time. */
export type InvocationRow = {
  sid: string;
  account_sid: string;
  publisher_sid: string | null;
  add_on_sid: string | null;
  version_sid: string | null;
  configuration_sid: string | null;
  integration_point: string;
  status: "successful" | "failed";
  code: number | null;
  price_micros: number;
  started_at: number;
  duration_ms: number;
  details: string | null;
};

/** What a row keeps beside its columns. */
export type InvocationDetails = Pick<
  InvocationRecord,
  "failure" | "detail" | "warning" | "wait_ms" | "bytes_in" | "bytes_out" | "attempts" | "number" | "unique_name" | "idempotency_key"
>;

export type InvocationFilter = {
  addOnSid?: string | undefined;
  status?: string | undefined;
  code?: number | undefined;
  startMs?: number | undefined;
  endMs?: number | undefined;
  /** The HMAC of a number: the developer's own calls only. */
  numberHmac?: string | undefined;
};

const COLUMNS =
  "sid, account_sid, publisher_sid, add_on_sid, version_sid, configuration_sid, integration_point, status, code, price_micros, started_at, duration_ms, details";

/**
 * An account's own invocations: the calls that it made, and the calls to its add-ons. Two ordered index scans that are merged, since an
 * OR over both columns would sort everything the account ever did.
 */
export async function listInvocations(db: D1Database, accountSid: string, filter: InvocationFilter, request: PageRequest): Promise<Page<InvocationRow>> {
  const { cursor, size } = request;
  const isBackwards = cursor?.direction === "before";
  const isForwards = cursor?.direction === "after";
  const parameters: (string | number)[] = [accountSid];
  const bind = (value: string | number): string => `?${parameters.push(value)}`;

  const conditions: string[] = [];
  if (filter.addOnSid !== undefined) conditions.push(`add_on_sid = ${bind(filter.addOnSid)}`);
  if (filter.status !== undefined) conditions.push(`status = ${bind(filter.status)}`);
  if (filter.code !== undefined) conditions.push(`code = ${bind(filter.code)}`);
  // SQLite searches its index by one bound of each side. A cursor within the time is the nearer one; by the time's own, each page of a long list
  // would be read from the beginning.
  if (filter.startMs !== undefined && !(isBackwards && cursor.createdAtMs >= filter.startMs)) conditions.push(`started_at >= ${bind(filter.startMs)}`);
  if (filter.endMs !== undefined && !(isForwards && cursor.createdAtMs < filter.endMs)) conditions.push(`started_at < ${bind(filter.endMs)}`);
  if (cursor !== null) conditions.push(`(started_at, sid) ${isBackwards ? ">" : "<"} (${bind(cursor.createdAtMs)}, ${bind(cursor.sid)})`);
  const ownConditions = filter.numberHmac === undefined ? conditions : [...conditions, `json_extract(details, '$.number.hmac') = ${bind(filter.numberHmac)}`];
  const publisherConditions = filter.numberHmac === undefined ? [...conditions, "account_sid <> ?1"] : ["FALSE"];

  const offset = cursor === null ? request.number * size : 0;
  const order = isBackwards ? "ORDER BY started_at, sid" : "ORDER BY started_at DESC, sid DESC";
  const part = (owner: string, ands: string[]): string =>
    `SELECT * FROM (SELECT ${COLUMNS} FROM invocations WHERE ${[`${owner} = ?1`, ...ands].join(" AND ")} ${order} LIMIT ${offset + size + 1})`;
  const sql = `${part("account_sid", ownConditions)} UNION ALL ${part("publisher_sid", publisherConditions)} ${order} LIMIT ${size + 1} OFFSET ${offset}`;
  const { results } = await db.prepare(sql).bind(...parameters).all<InvocationRow>();

  const items = results.slice(0, size);
  if (isBackwards) items.reverse();
  const hasMore = results.length > size;
  return {
    items,
    request,
    next: isBackwards || hasMore ? cursorAt("after", items.at(-1)) : null,
    previous: (isBackwards ? hasMore : request.number > 0) ? cursorAt("before", items[0]) : null,
  };
}

const cursorAt = (direction: Cursor["direction"], row: InvocationRow | undefined): Cursor | null =>
  row === undefined ? null : { direction, createdAtMs: row.started_at, sid: row.sid };

export async function getInvocation(db: D1Database, accountSid: string, sid: string): Promise<InvocationRow | null> {
  return db.prepare(`SELECT ${COLUMNS} FROM invocations WHERE sid = ?2 AND (account_sid = ?1 OR publisher_sid = ?1)`).bind(accountSid, sid).first<InvocationRow>();
}

/**
 * Empties what is kept of people. The usage stays: it has been charged and carries no personal data.
 * @returns the row as it was, or null when the caller made no such call.
 */
export async function forgetInvocation(db: D1Database, accountSid: string, sid: string): Promise<InvocationRow | null> {
  const row = await db.prepare(`SELECT ${COLUMNS} FROM invocations WHERE sid = ?2 AND account_sid = ?1`).bind(accountSid, sid).first<InvocationRow>();
  if (row !== null) await db.prepare("UPDATE invocations SET details = NULL WHERE sid = ?1").bind(sid).run();
  return row;
}

/** What the invocations of a flush, to one version, cost now: the evidence of their charge. Those that were taken back cost nothing. */
export async function chargedInvocations(db: D1Database, flush: { accountSid: string; deskSeq: number; versionSid: string; committedAtMs: number }): Promise<{ sid: string; price_micros: number }[]> {
  const sql = `SELECT sid, price_micros FROM invocations WHERE account_sid = ?1 AND started_at >= ?4 AND desk_seq = ?2 AND version_sid = ?3 AND price_micros > 0`;
  const { results } = await db.prepare(sql).bind(flush.accountSid, flush.deskSeq, flush.versionSid, flush.committedAtMs - INVOCATION_MAX_MS).all<{ sid: string; price_micros: number }>();
  return results;
}

/** The end of a batch: before the first row that is to keep its details yet. */
const BATCH_END = `SELECT coalesce(min(number) FILTER (WHERE started_at >= ?2) - 1, max(number)) AS end_number
  FROM (SELECT rowid AS number, started_at FROM invocations WHERE rowid > ?1 ORDER BY rowid LIMIT ?3)`;
const EMPTY_BATCH = "UPDATE invocations SET details = NULL WHERE rowid > ?1 AND rowid <= ?2 AND details IS NOT NULL";

/**
 * Empties the details of a batch of invocations that are past the log's time, and reads no other rows: no index is in the order of time
 * alone, and another would be another paid write for every invocation. But rows are never deleted, so their numbers are the order in which
 * desks delivered them, which is that of time but for what a desk delivered late: that waits until the rows before it are due.
 * A mark says up to which row all are empty.
 * @returns how many it emptied, and whether there may be more that are past their time.
 */
export async function emptyOldDetails(db: D1Database, beforeMs: number, limit: number): Promise<{ emptied: number; hasMore: boolean }> {
  const mark = await doneTo(db, "invocation_details");
  const end = await db.prepare(BATCH_END).bind(mark, beforeMs, limit).first<number>("end_number");
  if (end === null || end <= mark) return { emptied: 0, hasMore: false };
  const [emptied] = await db.batch([db.prepare(EMPTY_BATCH).bind(mark, end), keepDoneTo(db, "invocation_details", end)]);
  return { emptied: emptied?.meta.changes ?? 0, hasMore: end - mark >= limit };
}
