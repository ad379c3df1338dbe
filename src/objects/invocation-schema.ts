/** The tables of a recording's invocation. A later version only ever adds: an older one may meet newer tables during a deploy. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS invocation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- JSON: what never changes, and where it is.
    "order" TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Encrypted, and as SHA-256: what the callback's URL ends with.
    secret TEXT NOT NULL,
    secret_sha256 TEXT NOT NULL,
    -- XH: under which its payload is listed.
    payload_sid TEXT NOT NULL,
    -- Of the JSON object with which the publisher refused, if it did.
    refusal_bytes INTEGER,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    relay TEXT NOT NULL DEFAULT 'none',
    -- 1: its results were deleted, so that nothing of it is kept once it is settled.
    is_forgotten INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  -- What must happen later. One alarm rings for the first of them.
  CREATE TABLE IF NOT EXISTS due (kind TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;

  CREATE TABLE IF NOT EXISTS dispatches (
    number INTEGER PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    status INTEGER,
    failure TEXT
  ) STRICT;

  CREATE TABLE IF NOT EXISTS relays (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    status INTEGER,
    detail TEXT NOT NULL
  ) STRICT;
`;

export const migrateInvocation = (sql: SqlStorage): void => void sql.exec(TABLES);
