import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestGateway } from "./gateway.ts";

/** Something that was stored, as text, and where. Bytes are read as Latin-1, so that ASCII in them is found. */
export type Stored = { place: string; text: string };

/** Every row of every table of D1. */
export async function databaseRows({ miniflare }: TestGateway): Promise<Stored[]> {
  const db = await miniflare.getD1Database("DB");
  const { results: tables } = await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'").all<{ name: string }>();
  const stored: Stored[] = [];
  for (const { name } of tables) {
    const { results } = await db.prepare(`SELECT * FROM "${name}"`).all();
    stored.push(...results.map((row) => ({ place: `D1 ${name}`, text: textOf(row) })));
  }
  return stored;
}

/**
 * All that a stopped gateway has left on disk: each file's bytes, and each row of each SQLite file (whose values may lie scattered in
 * the bytes): D1, R2, the Durable Objects of the gateway and those of the local runtime.
 */
export async function filesLeft(stateDir: string): Promise<Stored[]> {
  const entries = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => resolve(entry.parentPath, entry.name));
  const bytes = await Promise.all(paths.map(async (path) => ({ place: path, text: await readFile(path, "latin1") })));
  return [...bytes, ...paths.filter((path) => path.endsWith(".sqlite")).flatMap(rowsOf)];
}

function rowsOf(path: string): Stored[] {
  const db = new DatabaseSync(path);
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map((table) => String(table["name"]));
    return tables.flatMap((name) => {
      const statement = db.prepare(`SELECT * FROM "${name}"`);
      // The platform's own tables have times in nanoseconds.
      statement.setReadBigInts(true);
      return statement.all().map((row) => ({ place: `${path} ${name}`, text: textOf(row) }));
    });
  } finally {
    db.close();
  }
}

function textOf(row: Record<string, unknown>): string {
  return Object.values(row).map(valueText).join("\n");
}

function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  if (Array.isArray(value)) return Buffer.from(value).toString("latin1");
  return String(value);
}

/** Which of these texts is stored where. */
export function findings(stored: readonly Stored[], texts: Readonly<Record<string, string>>): string[] {
  return stored.flatMap(({ place, text }) =>
    Object.entries(texts)
      .filter(([, sought]) => text.includes(sought))
      .map(([name]) => `${name} in ${place}`),
  );
}
