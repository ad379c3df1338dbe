/** Waits for a condition; throws when it does not come true in time. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  const deadlineMs = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadlineMs) throw new Error(`not within ${limitMs / 1000} s: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
