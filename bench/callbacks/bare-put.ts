import { lookupRequest } from "../lookup.ts";
import { startYardstick } from "../systems/worker-runtime.ts";
import type { StartSide } from "./side.ts";

export const start: StartSide = async ({ port, publisherUrl, stateDir }) => {
  const { miniflare, url } = await startYardstick("bare-put", { port, publisherUrl, webhookUrl: publisherUrl, stateDir });
  const bucket = await miniflare.getR2Bucket("BUCKET");
  const lookup = lookupRequest("lookup-1");
  if (lookup === undefined) throw new Error("lookup-1 is no look-up");
  let keys: string[] = [];
  return {
    url,
    lookup,
    async prepare(count) {
      keys = Array.from({ length: count }, () => `bodies/${crypto.randomUUID()}`);
      return keys.map((key) => ({ method: "PUT", path: `/${key}`, headers: {} }));
    },
    async settle(sizeBytes) {
      for (const key of keys) {
        const kept = await bucket.head(key);
        if (kept?.size !== sizeBytes) throw new Error(`${kept?.size ?? "no"} bytes of ${key} are kept`);
      }
    },
    clear: () => bucket.delete(keys),
    stop: () => miniflare.dispose(),
  };
};
