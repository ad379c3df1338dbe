import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Miniflare } from "miniflare";

const directory = resolve(import.meta.dirname, "../../migrations");

/** A fresh database's schema: every file of `migrations/` in the order of their names. */
export async function applyMigrations(miniflare: Miniflare): Promise<void> {
  const database = await miniflare.getD1Database("DB");
  const files = (await readdir(directory)).filter((name) => name.endsWith(".sql")).toSorted();
  for (const file of files) {
    const statements = (await readFile(resolve(directory, file), "utf8")).split("--> statement-breakpoint");
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }
}
