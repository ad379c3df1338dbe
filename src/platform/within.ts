/**
 * Waits for what may never end, such as what another request began: that one may have hung up, and its work with it.
 * @returns null when it failed or took longer.
 */
export async function within<T>(delayMs: number, work: Promise<T>): Promise<{ value: T } | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), delayMs);
  return Promise.race([work.then((value) => ({ value })), late.promise])
    .catch(() => null)
    .finally(() => clearTimeout(timer));
}
