type Line = { event: string } & Record<string, string | number | boolean | null>;

/** The only place that writes log lines: one JSON object each, which Workers Logs indexes. Never a number, a text or a secret. */
export function log(line: Line): void {
  console.log(JSON.stringify(line));
}

/** What may be logged of an unexpected error: its kind and its place. Its message can quote what was being worked on. */
export function errorOf(error: unknown): { error: string; at: string } {
  if (!(error instanceof Error)) return { error: typeof error, at: "" };
  return { error: error.name, at: error.stack?.split("\n")[1]?.trim() ?? "" };
}
