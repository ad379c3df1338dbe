/** What can stand in the way of a row, in the order in which it is reported: each with the SQL condition under which it does. */
type Obstacles = Readonly<Record<string, string>>;

/** SQL: the condition of an insert. As part of that one statement it holds also for requests that come at once. */
export const noneOf = (obstacles: Obstacles): string => `NOT (${Object.values(obstacles).map((holds) => `(${holds})`).join(" OR ")})`;

/** SQL: the name of the first obstacle that holds; NULL when none does. */
export const firstOf = (obstacles: Obstacles): string => `CASE ${Object.entries(obstacles).map(([obstacle, holds]) => `WHEN ${holds} THEN '${obstacle}'`).join(" ")} END`;

/** It was inserted; or this stood in the way; or something did, and was gone again when it was looked for. */
export type Insertion<O> = { kind: "inserted" } | { kind: "obstacle"; found: O } | { kind: "unsettled" };

const ATTEMPTS = 2;

/**
 * Inserts, and looks for what stands in the way only when nothing was inserted: the obstacles are counts, which a row that can be inserted
 * should pay for once.
 * @param insert says whether a row was inserted.
 * @param findObstacle finds nothing when the obstacle is gone meanwhile.
 */
export async function insertUnless<O>(insert: () => Promise<boolean>, findObstacle: () => Promise<O | null>): Promise<Insertion<O>> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (await insert()) return { kind: "inserted" };
    const found = await findObstacle();
    if (found !== null) return { kind: "obstacle", found };
  }
  return { kind: "unsettled" };
}
