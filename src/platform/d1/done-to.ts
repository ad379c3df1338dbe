/** Tasks that go on where they ended. */
type Task = "invocation_details" | "transactions";

/** @returns the number of the last row that a task has done; those before it are done, too. */
export async function doneTo(db: D1Database, task: Task): Promise<number> {
  return (await db.prepare("SELECT done_to FROM housekeeping WHERE task = ?1").bind(task).first<number>("done_to")) ?? 0;
}

/** Of two runs at once, the one that came further counts. */
export function keepDoneTo(db: D1Database, task: Task, row: number): D1PreparedStatement {
  const sql = "INSERT INTO housekeeping (task, done_to) VALUES (?1, ?2) ON CONFLICT (task) DO UPDATE SET done_to = max(done_to, excluded.done_to)";
  return db.prepare(sql).bind(task, row);
}

/** The task begins anew. */
export const forgetDoneTo = (db: D1Database, task: Task): D1PreparedStatement => db.prepare("DELETE FROM housekeeping WHERE task = ?1").bind(task);
