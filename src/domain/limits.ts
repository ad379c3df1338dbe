/**
 * The limits that callers and publishers meet, each with its source: the publisher guide, the platform, or our own decision. A limit of one
 * mechanism only stands beside that.
 */

/** Guide, "SLA": a synchronous call that takes longer has failed. Retries are inside it. */
export const SYNCHRONOUS_DEADLINE_MS = 2_000;
/** Guide, "Response size", in decoded bytes. */
export const PHONE_NUMBER_ANSWER_BYTES = 50 * 1024;
export const MESSAGE_ANSWER_BYTES = 64 * 1024;

/** Platform: six connections of a Worker may wait for headers; a seventh is queued without a word, so we queue it ourselves. */
export const CALLS_IN_FLIGHT = 6;
/** Ours: two waves of six. */
export const ADD_ONS_PER_REQUEST = 12;
/** Ours: "up to N times" of the guide. */
export const RETRIES = 2;
/** Ours: the first retry waits up to this, the second up to twice as long (full jitter). */
export const RETRY_BASE_DELAY_MS = 50;

/** Public documentation of webhooks: a developer's answer may take this long, and have so many bytes. */
export const WEBHOOK_DEADLINE_MS = 15_000;
export const WEBHOOK_ANSWER_BYTES = 64 * 1024;
/** Ours: parameters of a form; of a message or call as many as Express reads of one, less those that the gateway adds. */
export const FORM_PARAMETERS = 990;
/**
 * Ours: a message or call that died on the way is run again after this. It covers two waves of add-ons, settling, and both of the
 * developer's URLs.
 */
export const INCOMING_CLAIM_MS = 50_000;

/** Ours: a request body, all but audio and callbacks. */
export const REQUEST_BODY_BYTES = 1024 * 1024;
/** Ours: of a body that nobody reads, so much is taken from the client before it is answered, and for so long. */
export const UNREAD_BODY_BYTES = 8 * 1024 * 1024;
export const UNREAD_BODY_MS = 1_000;
/** Guide, "Add-on Callback Size Limit". */
export const CALLBACK_BYTES = 100 * 1024 * 1024;
/**
 * Platform: 128 MB for all requests of an isolate. What was called back is parsed, and so checked whole, up to both of these: `{},` takes three
 * bytes as text, and more than ten times that as a value.
 */
export const CALLBACK_PARSED_BYTES = 8 * 1024 * 1024;
export const CALLBACK_PARSED_VALUES = 1_000_000;
/** Platform: the edge refuses longer URLs; local runs do not. */
export const URL_CHARACTERS = 16_384;
/** Ours: a runtime or configuration value, and any other single value that a caller sends. */
export const FIELD_VALUE_CHARACTERS = 4_096;

/** Ours. */
export const PAGE_SIZE_DEFAULT = 50;
export const PAGE_SIZE_MAX = 1_000;

/** Ours: an idempotency key's answer may be fetched again for a day … */
export const IDEMPOTENCY_TTL_MS = 24 * 3_600_000;
/** … and a claim whose request died without an answer is free again after this. */
export const IDEMPOTENCY_CLAIM_MS = 30_000;
export const IDEMPOTENCY_KEY_CHARACTERS = 255;
export const IDEMPOTENT_ANSWER_BYTES = 1024 * 1024;

/** Ours: how old an account's snapshot may be; with the time of one read it keeps "in force within 10 s". */
export const SNAPSHOT_TTL_MS = 8_000;
/** Ours: a snapshot older than this is renewed behind the request that uses it. */
export const SNAPSHOT_REFRESH_AFTER_MS = 4_000;
/** Ours: a refusal is checked against the primary at most once in this time, by account and isolate. */
export const SNAPSHOT_RECHECK_MS = 1_000;
/** Ours: while neither a replica nor the primary answers, look-ups go on with what was read at most this long ago. */
export const SNAPSHOT_GRACE_MS = 60_000;
/** Platform: 128 MB for all requests of an isolate. Two bounds each, since one account or version may be as large as a thousand others. */
export const SNAPSHOTS_KEPT = 500;
export const SNAPSHOTS_KEPT_CHARACTERS = 16 * 1024 * 1024;
export const COMPILED_VERSIONS_KEPT = 500;
export const COMPILED_VERSIONS_KEPT_CHARACTERS = 8 * 1024 * 1024;
export const SECRETS_KEPT = 500;
export const SECRETS_KEPT_CHARACTERS = 4 * 1024 * 1024;
/** Ours: installs whose daily cap was found reached. */
export const CAPS_KEPT = 10_000;
/** Ours: definitions that one query of a snapshot's reading may bring, as stored. */
export const DEFINITIONS_PER_READ_BYTES = 4 * 1024 * 1024;
/** Ours: logins that lately turned out to be nobody's. */
export const UNKNOWN_LOGINS_KEPT = 1_000;
/** wrangler.toml has the limit itself: this is its period. */
export const SIGN_IN_FAILURES_PERIOD_MS = 60_000;
export const ADDRESSES_TURNED_AWAY_KEPT = 10_000;
/** Ours: while an address is turned away, whether its logins exist is asked in batches of at most so many, gathered for so long. */
export const LOGINS_GATHERED = 1_000;
export const LOGINS_GATHERED_MS = 100;

/** Ours: a request's call of the account's desk is repeated this often before its outcome counts as unknown. */
export const SETTLE_ATTEMPTS = 4;
/** Ours: an event that reached D1 is still recognised as a repetition for this long. */
export const SETTLED_KEPT_MS = 60_000;
/** Ours: the end of a recording's hold is remembered for this long; its invocation asks for it each minute until it has heard of it. */
export const HOLD_KEPT_MS = 7 * 24 * 3_600_000;
/** Ours: a desk hands its events to D1 at most this often. */
export const FLUSH_AFTER_MS = 1_000;
/** Ours: a flush that D1 refused is repeated after 1 s, 2 s, 4 s … and at least this often. */
export const FLUSH_RETRY_MAX_MS = 60_000;

/** Ours: schemas of a definition, in characters of JSON, and how deep they may nest. */
export const SCHEMA_CHARACTERS = 64 * 1024;
export const SCHEMA_DEPTH = 32;
/** Ours: an add-on definition as JSON. */
export const DEFINITION_CHARACTERS = 128 * 1024;
/** Ours: pages of what may be that large, so that one answer stays a few megabytes. */
export const DEFINITIONS_PER_PAGE = 50;
export const CATALOGUE_PAGE_SIZE = 200;
export const ADD_ONS_PER_PUBLISHER = 1_000;
export const VERSIONS_PER_ADD_ON = 1_000;

/** Ours: the longest time of a file of invocations. */
export const INVOCATIONS_FILE_DAYS = 31;
/** Ours: rows of one query for it, all that it holds of the log at a time. Platform: an invocation of the Worker may make 1,000 queries. */
export const INVOCATIONS_PER_QUERY = 2_000;
/** Ours: how long the invocation log and alerts are kept. */
export const LOG_KEPT_MS = 30 * 24 * 3_600_000;
/** Ours: credits up to a billion dollars keep every sum an exact integer of a double. */
export const CREDIT_MAX_MICROS = 1_000_000_000 * 1_000_000;

/** Ours: every sign-in with a key reads all of the account's. */
export const API_KEYS_PER_ACCOUNT = 100;

/** Ours: every snapshot of an account holds all of its installs. */
export const INSTALLS_PER_ACCOUNT = 1_000;
/** Ours: an incoming message or call runs all of them, in two waves of six. */
export const INCOMING_INSTALLS_ENABLED = 12;
/** Ours: so that nobody can register the whole numbering plan before its owners do. */
export const UNVERIFIED_NUMBERS_PER_ACCOUNT = 100;
export const NUMBERS_PER_ACCOUNT = 100_000;
/** Ours: numbers that an install may be assigned to, each a row. */
export const ASSIGNMENTS_PER_ACCOUNT = 100_000;
/** Ours: an install's configuration as JSON. */
export const CONFIGURATION_CHARACTERS = 16 * 1024;
/** Ours: each of a listing's seven documents as JSON. Platform: a row of D1 holds 2 MB, so all of them must fit together. */
export const LISTING_DOCUMENT_CHARACTERS = 64 * 1024;
/** Ours: what a catalogue is searched for. */
export const SEARCH_CHARACTERS = 128;

/** Ours: rows that one statement of housekeeping touches, and statements in one run. */
export const HOUSEKEEPING_BATCH = 1_000;
export const HOUSEKEEPING_BATCHES = 50;
