/** Platform: so many keys at once. */
const KEYS_MAX = 1_000;

export async function deleteAll(bucket: R2Bucket, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += KEYS_MAX) await bucket.delete(keys.slice(start, start + KEYS_MAX));
}

/** Deletes all that is kept under a prefix, however much that is. */
export async function deleteUnder(bucket: R2Bucket, prefix: string): Promise<void> {
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    if (!truncated) return;
  }
}
