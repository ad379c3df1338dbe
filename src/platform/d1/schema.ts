import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/**
 * The tables of D1. Times are milliseconds since the epoch in UTC, money is micro-dollars, JSON is text. There is no foreign
 * key with CASCADE: D1 ignores `PRAGMA foreign_keys=OFF`, so a rebuilt table would take its children with it.
 */

export const accounts = sqliteTable("accounts", {
  sid: text("sid").primaryKey(),
  friendlyName: text("friendly_name").notNull(),
  status: text("status", { enum: ["active", "suspended", "closed"] }).notNull(),
  ownerAccountSid: text("owner_account_sid").notNull(),
  /** Encrypted. Null for the operator, whose token is a secret of the deployment. */
  authToken: text("auth_token"),
  /** Encrypted. While it stands, both tokens are accepted. */
  secondaryAuthToken: text("secondary_auth_token"),
  secondaryCreatedAt: integer("secondary_created_at"),
  tokensUpdatedAt: integer("tokens_updated_at").notNull(),
  /** Encrypted. Keys the HMAC under which the log keeps this account's phone numbers. */
  logKey: text("log_key").notNull(),
  /** Encrypted. What a carrier of this account signs incoming messages and calls with; null while there is none. */
  upstreamAuthToken: text("upstream_auth_token"),
  /** Where alerts from this level up are posted to; null for nowhere. */
  alertUrl: text("alert_url"),
  alertLevel: text("alert_level", { enum: ["error", "warning"] }).notNull().default("error"),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

export const apiKeys = sqliteTable(
  "api_keys",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    friendlyName: text("friendly_name").notNull(),
    /** SHA-256 of 256 random bits, in hex: there is nothing to guess, so no slow hash. */
    secretSha256: text("secret_sha256").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [index("api_keys_by_account").on(t.accountSid, t.createdAt)],
);

/** An account's login for look-ups that reach nobody and cost nothing. Its SID looks like an account's, as clients expect. */
export const testCredentials = sqliteTable("test_credentials", {
  accountSid: text("account_sid").primaryKey(),
  sid: text("sid").notNull().unique(),
  /** SHA-256 of 256 random bits, in hex. */
  secretSha256: text("secret_sha256").notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

export const addOns = sqliteTable(
  "add_ons",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    uniqueName: text("unique_name").notNull(),
    type: text("type", { enum: ["phone_number", "message_analysis", "recording_analysis"] }).notNull(),
    /** Encrypted JSON. One set for all versions and installs. */
    credentials: text("credentials").notNull(),
    /** The version that new installs get; null until one is approved, and again when it retires. */
    activeVersionSid: text("active_version_sid"),
    /** Overrides TRANSACTION_FEE_PERCENT. */
    feePercent: text("fee_percent"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [uniqueIndex("add_ons_by_unique_name").on(t.uniqueName), index("add_ons_by_account").on(t.accountSid, t.createdAt)],
);

export const addOnVersions = sqliteTable(
  "add_on_versions",
  {
    sid: text("sid").primaryKey(),
    addOnSid: text("add_on_sid").notNull(),
    number: integer("number").notNull(),
    status: text("status", { enum: ["draft", "in_review", "active", "rejected", "retired"] }).notNull(),
    /** The definition without credentials. */
    definition: text("definition").notNull(),
    rejectReason: text("reject_reason"),
    sunsetAt: integer("sunset_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [uniqueIndex("add_on_versions_by_number").on(t.addOnSid, t.number)],
);

export const listings = sqliteTable("listings", {
  addOnSid: text("add_on_sid").primaryKey(),
  accountSid: text("account_sid").notNull(),
  moduleInfo: text("module_info"),
  description: text("description"),
  documentation: text("documentation"),
  policies: text("policies"),
  support: text("support"),
  configuration: text("configuration"),
  pricing: text("pricing"),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/** An account's install of an add-on (XD), for ever: a reinstall has the same one. */
export const installs = sqliteTable(
  "installs",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    addOnSid: text("add_on_sid").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [uniqueIndex("installs_by_account_and_add_on").on(t.accountSid, t.addOnSid)],
);

/** One configured instance of an install (XE). */
export const installedAddOns = sqliteTable(
  "installed_add_ons",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    installSid: text("install_sid").notNull(),
    addOnSid: text("add_on_sid").notNull(),
    versionSid: text("version_sid").notNull(),
    uniqueName: text("unique_name").notNull(),
    configuration: text("configuration").notNull(),
    /** JSON: the add-on's integration points → enabled. One text, so that a toggle is one `json_set`. */
    extensions: text("extensions").notNull(),
    dailyCapMicros: integer("daily_cap_micros"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("installed_add_ons_by_unique_name").on(t.accountSid, t.uniqueName),
    index("installed_add_ons_by_account").on(t.accountSid, t.createdAt),
    index("installed_add_ons_by_version").on(t.versionSid),
  ],
);

/** A number of an account. What comes in for it is the account's to hear of, so it is unique in the gateway. */
export const phoneNumbers = sqliteTable(
  "phone_numbers",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    /** E.164. */
    phoneNumber: text("phone_number").notNull(),
    friendlyName: text("friendly_name").notNull(),
    /** Whether the operator vouches for it. Otherwise only its account's own carrier, which signs, may deliver to it. */
    isVerified: integer("is_verified", { mode: "boolean" }).notNull(),
    smsUrl: text("sms_url"),
    smsMethod: text("sms_method", { enum: ["GET", "POST"] }).notNull().default("POST"),
    smsFallbackUrl: text("sms_fallback_url"),
    smsFallbackMethod: text("sms_fallback_method", { enum: ["GET", "POST"] }).notNull().default("POST"),
    voiceUrl: text("voice_url"),
    voiceMethod: text("voice_method", { enum: ["GET", "POST"] }).notNull().default("POST"),
    voiceFallbackUrl: text("voice_fallback_url"),
    voiceFallbackMethod: text("voice_fallback_method", { enum: ["GET", "POST"] }).notNull().default("POST"),
    /** Kept for the carrier's switch, which reads it here; the gateway itself does not call it. */
    statusCallback: text("status_callback"),
    statusCallbackMethod: text("status_callback_method", { enum: ["GET", "POST"] }).notNull().default("POST"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [uniqueIndex("phone_numbers_by_number").on(t.phoneNumber), index("phone_numbers_by_account").on(t.accountSid, t.createdAt)],
);

/** An install that is assigned to any number runs only for those that it is assigned to. */
export const assignedAddOns = sqliteTable(
  "assigned_add_ons",
  {
    phoneNumberSid: text("phone_number_sid").notNull(),
    /** XE. */
    installedAddOnSid: text("installed_add_on_sid").notNull(),
    accountSid: text("account_sid").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.phoneNumberSid, t.installedAddOnSid] }),
    index("assigned_add_ons_by_installed_add_on").on(t.installedAddOnSid),
    index("assigned_add_ons_by_account").on(t.accountSid),
  ],
);

/**
 * What an account should know of: its failed invocations, webhooks that failed, answers of its add-ons that a publisher should mend. No number,
 * text or secret. Rows come in the order of their time, so what is past its time is at the beginning of the table.
 */
export const alerts = sqliteTable(
  "alerts",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    errorCode: integer("error_code").notNull(),
    logLevel: text("log_level", { enum: ["error", "warning"] }).notNull(),
    /** One or two sentences. */
    alertText: text("alert_text").notNull(),
    /** Of the request that the gateway made; null where that is not for this account to see. Credentials are masked. */
    requestMethod: text("request_method"),
    requestUrl: text("request_url"),
    /** What it is about: an invocation, a message, a call, a phone number, an add-on version. */
    resourceSid: text("resource_sid"),
    /** The add-on, if it is about one. */
    serviceSid: text("service_sid"),
    generatedAt: integer("generated_at").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("alerts_by_account_and_level").on(t.accountSid, t.logLevel, t.createdAt)],
);

/** What an account is to be told of a kind of alert: one row, however many alerts of that kind there are. */
export const alertNotices = sqliteTable(
  "alert_notices",
  {
    accountSid: text("account_sid").notNull(),
    errorCode: integer("error_code").notNull(),
    logLevel: text("log_level", { enum: ["error", "warning"] }).notNull(),
    /** Since when alerts of this kind wait to be posted to the account's alert URL; null while none does. */
    dueAt: integer("due_at"),
    /** How many wait. */
    dueCount: integer("due_count").notNull(),
    /** The newest of them. */
    alertSid: text("alert_sid").notNull(),
    /** When it last had its turn, so that an account is told once a minute. */
    triedAt: integer("tried_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountSid, t.errorCode, t.logLevel] }),
    index("alert_notices_by_turn").on(t.triedAt).where(sql`due_at IS NOT NULL`),
    index("alert_notices_by_age").on(t.dueAt).where(sql`due_at IS NOT NULL`),
  ],
);

/**
 * Usage and the debugger's log in one row, written only by a desk's flush. `details` is JSON and is emptied after 30 days; the rest
 * carries no personal data and stays. Each further index is another paid write for every invocation.
 */
export const invocations = sqliteTable(
  "invocations",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    publisherSid: text("publisher_sid"),
    addOnSid: text("add_on_sid"),
    versionSid: text("version_sid"),
    configurationSid: text("configuration_sid"),
    integrationPoint: text("integration_point").notNull(),
    status: text("status", { enum: ["successful", "failed"] }).notNull(),
    code: integer("code"),
    priceMicros: integer("price_micros").notNull(),
    startedAt: integer("started_at").notNull(),
    durationMs: integer("duration_ms").notNull(),
    /** The flush that brought the row: statements close by it. */
    deskSeq: integer("desk_seq").notNull(),
    /** The flush that took its charge back, and how much that was; null for almost every row. */
    voidedSeq: integer("voided_seq"),
    voidedMicros: integer("voided_micros"),
    details: text("details"),
  },
  (t) => [
    // With what reconciliation adds up, so that it reads the index alone.
    index("invocations_by_account").on(t.accountSid, t.startedAt, t.deskSeq, t.priceMicros),
    index("invocations_voided").on(t.accountSid, t.voidedSeq).where(sql`voided_seq IS NOT NULL`),
    index("invocations_by_publisher").on(t.publisherSid, t.startedAt).where(sql`publisher_sid IS NOT NULL`),
  ],
);

/** How far a task of housekeeping has come, so that a run does not begin at the beginning. */
export const housekeeping = sqliteTable("housekeeping", {
  task: text("task").primaryKey(),
  /** The last row that was looked at. */
  doneTo: integer("done_to").notNull(),
});
