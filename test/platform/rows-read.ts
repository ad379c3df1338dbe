import { env } from "cloudflare:workers";

/** The same database, how many statements were bound with it, and how many rows they read: each is run once more to be told. */
export function countingReads(): { db: D1Database; statements(): number; rowsRead(): Promise<number> } {
  const bound: D1PreparedStatement[] = [];
  const prepare = (sql: string): D1PreparedStatement =>
    new Proxy(env.DB.prepare(sql), {
      get(statement, name: keyof D1PreparedStatement) {
        if (name !== "bind") return statement[name].bind(statement);
        return (...values: unknown[]) => {
          const made = statement.bind(...values);
          bound.push(made);
          return made;
        };
      },
    });
  const db = new Proxy(env.DB, { get: (target, name: keyof D1Database) => (name === "prepare" ? prepare : target[name].bind(target)) });
  return {
    db,
    statements: () => bound.length,
    async rowsRead() {
      const results = await Promise.all(bound.map((statement) => statement.all()));
      return results.reduce((sum, { meta }) => sum + meta.rows_read, 0);
    },
  };
}
