/**
 * Reads a date (the start of that day) or a date and time, in UTC, as `/v1` writes them.
 * @returns null for anything else, also for a day that there is not: `Date.parse` makes 2 March of 2026-02-30.
 */
export function utcDateOf(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/.test(text)) return null;
  const atMs = Date.parse(text);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text.replace("Z", "")) ? atMs : null;
}

/** The day, in UTC, such as 2026-01-31. */
export const utcDayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
