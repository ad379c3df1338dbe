import { and, asc, desc, gt, lt, or, eq, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";

/** A place in a list that is ordered by date and SID, newest first. */
export type Cursor = { direction: "after" | "before"; createdAtMs: number; sid: string };

/** The part of a list that a caller asks for. */
export type PageRequest = { size: number; number: number; cursor: Cursor | null };

/** A page, and where the pages beside it begin. */
export type Page<T> = { items: T[]; request: PageRequest; next: Cursor | null; previous: Cursor | null };

/**
 * What a list's query adds for one page, and how its rows become the page. The query asks for one row more than the page has, which
 * tells whether there is another page.
 */
export function pageQuery(request: PageRequest, columns: { createdAt: SQLiteColumn; sid: SQLiteColumn }) {
  const { cursor, size } = request;
  const backwards = cursor?.direction === "before";
  const beyond = backwards ? gt : lt;
  const where: SQL | undefined =
    cursor === null
      ? undefined
      : or(beyond(columns.createdAt, cursor.createdAtMs), and(eq(columns.createdAt, cursor.createdAtMs), beyond(columns.sid, cursor.sid)));
  const order = backwards ? asc : desc;
  return {
    where,
    orderBy: [order(columns.createdAt), order(columns.sid)],
    limit: size + 1,
    // A page asked for by its number alone is counted off; the pages that a list hands out have a cursor.
    offset: cursor === null ? request.number * size : 0,
    pageOf<R>(rows: R[], place: (row: R) => { createdAtMs: number; sid: string }): Page<R> {
      const items = rows.slice(0, size);
      if (backwards) items.reverse();
      const more = rows.length > size;
      const [first, last] = [items[0], items.at(-1)];
      const hasNext = backwards || more;
      const hasPrevious = backwards ? more : request.number > 0;
      return {
        items,
        request,
        next: hasNext && last !== undefined ? { direction: "after", ...place(last) } : null,
        previous: hasPrevious && first !== undefined ? { direction: "before", ...place(first) } : null,
      };
    },
  };
}
