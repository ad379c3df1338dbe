import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Miniflare } from "miniflare";

/** Applies the migrations that a local database does not have yet, in the table that `wrangler d1 migrations` uses too. */
export async function migrateLocal(miniflare: Miniflare): Promise<void> {
  const folder = resolve(import.meta.dirname, "../migrations");
  const db = await miniflare.getD1Database("DB");
  await db.exec("CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)");
  const { results } = await db.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql") && !applied.has(name));
  for (const name of names.toSorted()) {
    const statements = (await readFile(resolve(folder, name), "utf8")).split("--> statement-breakpoint");
    await db.batch([...statements.map((sql) => db.prepare(sql)), db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name)]);
  }
}
