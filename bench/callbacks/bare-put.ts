import { lookupRequest } from "../lookup.ts";
import { startYardstick } from "../systems/worker-runtime.ts";
import type { StartSide } from "./side.ts";

export const start: StartSide = async ({ port, publisherUrl, stateDir }) => {
  const { miniflare, url } = await startYardstick("bare-put", { port, publisherUrl, webhookUrl: publisherUrl, stateDir });
  const bucket = await miniflare.getR2Bucket("BUCKET");
  const lookup = lookupRequest("lookup-1");
  if (lookup === undefined) throw new Error("lookup-1 is no look-up");
  return {
    url,
    lookup,
    async prepare(count) {
      const keys = Array.from({ length: count }, () => `bodies/${crypto.randomUUID()}`);
      return keys.map((key) => ({ id: key, request: { method: "PUT", path: `/${key}`, headers: {} } }));
    },
    async settle(key, sizeBytes) {
      const kept = await bucket.head(key);
      if (kept?.size !== sizeBytes) throw new Error(`${kept?.size ?? "no"} bytes of ${key} are kept`);
    },
    clear: (key) => bucket.delete(key),
    stop: () => miniflare.dispose(),
  };
};
