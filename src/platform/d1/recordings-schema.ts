import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What D1 holds of recordings; audio and results themselves are in R2. As in `schema.ts`, times are milliseconds and money is micro-dollars. */

export const recordings = sqliteTable(
  "recordings",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    callSid: text("call_sid"),
    source: text("source").notNull(),
    mediaType: text("media_type").notNull(),
    channels: integer("channels").notNull(),
    durationMs: integer("duration_ms").notNull(),
    sizeBytes: integer("size_bytes").notNull(),
    /** Of the audio, in lower-case hex. */
    sha256: text("sha256").notNull(),
    /** JSON: format and place of the audio in a WAV file; null for other media types. */
    wav: text("wav"),
    /** Since when its add-ons wait to be started; null when they were. A lost wake-up is found by it. */
    startDueAt: integer("start_due_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [
    index("recordings_by_account").on(t.accountSid, t.createdAt),
    index("recordings_to_be_started").on(t.startDueAt).where(sql`start_due_at IS NOT NULL`),
  ],
);

/** One add-on's work on one recording, or on one channel of it. Written by its object; XR is the invocation's. */
export const addOnResults = sqliteTable(
  "add_on_results",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    recordingSid: text("recording_sid").notNull(),
    addOnSid: text("add_on_sid").notNull(),
    /** XE. */
    configurationSid: text("configuration_sid").notNull(),
    status: text("status", { enum: ["queued", "in-progress", "completed", "failed", "canceled"] }).notNull(),
    completedAt: integer("completed_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [index("add_on_results_by_recording").on(t.recordingSid, t.createdAt)],
);

/** What a publisher said: its result, or the JSON object with which it refused. */
export const payloads = sqliteTable(
  "payloads",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    recordingSid: text("recording_sid").notNull(),
    addOnResultSid: text("add_on_result_sid").notNull(),
    addOnSid: text("add_on_sid").notNull(),
    configurationSid: text("configuration_sid").notNull(),
    label: text("label").notNull(),
    contentType: text("content_type").notNull(),
    /** Where it is in R2. */
    key: text("key").notNull(),
    sizeBytes: integer("size_bytes").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [index("payloads_by_result").on(t.addOnResultSid, t.createdAt), index("payloads_by_recording").on(t.recordingSid)],
);

/** A relay that nobody took, to be seen and sent again by its developer. */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    sid: text("sid").primaryKey(),
    accountSid: text("account_sid").notNull(),
    addOnResultSid: text("add_on_result_sid").notNull(),
    recordingSid: text("recording_sid").notNull(),
    /** Attempts that were made, and what came of the last one. */
    attempts: integer("attempts").notNull(),
    lastStatus: integer("last_status"),
    lastDetail: text("last_detail").notNull(),
    /** When it was sent again; null while it was not. */
    redeliveredAt: integer("redelivered_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [index("dead_letters_by_account").on(t.accountSid, t.createdAt), index("dead_letters_by_result").on(t.addOnResultSid)],
);

/** Audio that is being stored: of a recording that is yet to be, or its channels. A row lasts as long as that work, unless it dies. */
export const audioUploads = sqliteTable(
  "audio_uploads",
  {
    accountSid: text("account_sid").notNull(),
    recordingSid: text("recording_sid").notNull(),
    begunAt: integer("begun_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.accountSid, t.recordingSid, t.begunAt] })],
);

/** Messages of the gateway's own queue that it gave up, to be seen and sent again by the operator. */
export const deadMessages = sqliteTable("dead_messages", {
  sid: text("sid").primaryKey(),
  /** JSON: a kind of wake-up and the SID of whom it was for. */
  message: text("message").notNull().unique(),
  /** How often it was given up. */
  deaths: integer("deaths").notNull(),
  redeliveredAt: integer("redelivered_at"),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});
