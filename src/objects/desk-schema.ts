/**
 * The tables of a desk. A later version appends to `STEPS`; each object catches up when it is next constructed. During a deploy an
 * older version may meet newer tables, so a step only ever adds.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE desk (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    account_sid TEXT NOT NULL,
    -- The last segment that reached D1, and the desk's totals after it.
    flushed_seq INTEGER NOT NULL DEFAULT 0,
    flushed_events INTEGER NOT NULL DEFAULT 0,
    flushed_spent_micros INTEGER NOT NULL DEFAULT 0,
    flushed_granted_micros INTEGER NOT NULL DEFAULT 0,
    -- The last segment of the flush that was begun; above flushed_seq while it is not known to have arrived.
    flushing_seq INTEGER NOT NULL DEFAULT 0,
    flush_failures INTEGER NOT NULL DEFAULT 0,
    flush_tried_at INTEGER,
    flush_error TEXT
  ) STRICT;

  -- One row for all that was committed together, until D1 has it.
  CREATE TABLE segments (
    seq INTEGER PRIMARY KEY,
    committed_at INTEGER NOT NULL,
    -- The desk's totals after it.
    events_total INTEGER NOT NULL,
    spent_micros INTEGER NOT NULL,
    granted_micros INTEGER NOT NULL,
    size_chars INTEGER NOT NULL,
    -- JSON: request SID, price (null: void), request SID, price …
    recent TEXT NOT NULL,
    -- JSON arrays: invocation records; {micros, record} of voids; credits and reversals.
    events TEXT NOT NULL,
    voids TEXT NOT NULL,
    grants TEXT NOT NULL
  ) STRICT;

  -- One row for each flush that arrived in the last minute: what is still to be recognised of it.
  CREATE TABLE flushed (
    seq INTEGER PRIMARY KEY,
    committed_at INTEGER NOT NULL,
    recent TEXT NOT NULL
  ) STRICT;

  CREATE TABLE claims (
    key TEXT PRIMARY KEY,
    print TEXT NOT NULL,
    seed TEXT NOT NULL,
    holder TEXT NOT NULL,
    claimed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    answer BLOB
  ) STRICT;
  CREATE INDEX claims_by_expiry ON claims (expires_at);

  CREATE TABLE grants (
    key TEXT PRIMARY KEY,
    sid TEXT NOT NULL,
    micros INTEGER NOT NULL,
    reason TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    left_micros INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- JSON array: what the account should know of.
  ALTER TABLE segments ADD COLUMN alerts TEXT NOT NULL DEFAULT '[]';
  -- Of a request that goes on after it has settled: what it settled.
  ALTER TABLE claims ADD COLUMN progress BLOB;
  `,
  `
  -- What recordings under way may cost; for a while also of those that were settled.
  CREATE TABLE holds (
    xr TEXT PRIMARY KEY,
    micros INTEGER NOT NULL,
    refused_for TEXT,
    held_at INTEGER NOT NULL,
    settled_micros INTEGER,
    settled_at INTEGER
  ) STRICT;
  CREATE INDEX holds_by_settlement ON holds (settled_at);

  -- What installs with a daily cap have cost, by UTC's days.
  CREATE TABLE capped_spending (
    install_sid TEXT NOT NULL,
    day INTEGER NOT NULL,
    micros INTEGER NOT NULL,
    PRIMARY KEY (install_sid, day)
  ) STRICT;

  -- The last credit, and what the account was told since then of how little of it is left.
  CREATE TABLE credit_alert (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    grant_sid TEXT NOT NULL,
    grant_micros INTEGER NOT NULL,
    level INTEGER NOT NULL,
    is_told_uncovered INTEGER NOT NULL
  ) STRICT;
  INSERT INTO credit_alert SELECT 1, sid, micros, 0, 0 FROM grants ORDER BY granted_at DESC LIMIT 1;
  `,
  `
  -- Transactions that were taken back: each a \`Reversal\` as JSON.
  CREATE TABLE reversals (
    transaction_id TEXT PRIMARY KEY,
    reversal TEXT NOT NULL
  ) STRICT;

  -- The months in which something was booked: the last segment of each that reached D1, and how many invocations there were up to it.
  CREATE TABLE booked_months (
    month TEXT PRIMARY KEY,
    to_seq INTEGER NOT NULL,
    events_total INTEGER NOT NULL
  ) STRICT;
  -- What was flushed before there were months is of the first that is closed.
  INSERT INTO booked_months SELECT '', flushed_seq, flushed_events FROM desk WHERE flushed_seq > 0;

  CREATE TABLE closed_months (month TEXT PRIMARY KEY) STRICT;
  `,
];

/** Brings the object's tables up to date. (`PRAGMA user_version` is not available in a Durable Object.) */
export function migrateDesk(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT");
  const version = sql.exec<{ version: number }>("SELECT version FROM schema_version").toArray()[0]?.version ?? 0;
  if (version >= STEPS.length) return;
  for (const step of STEPS.slice(version)) sql.exec(step);
  sql.exec("DELETE FROM schema_version");
  sql.exec("INSERT INTO schema_version VALUES (?)", STEPS.length);
}
