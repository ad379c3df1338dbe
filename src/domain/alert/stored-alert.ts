import type { Alert } from "../alert.ts";
import { utf8 } from "../bytes.ts";
import { sidOf } from "../sid.ts";

/** An alert as it is stored. `version_sid` (XC) brings in the URL of the publisher's own request. */
export type StoredAlert = Alert & { version_sid: string | null };

/** An alert before it has its SID, which is derived from `seed` and so the same whenever the same thing is looked at again. */
export type AlertDraft = Omit<StoredAlert, "sid"> & { seed: string };

export async function storedAlert({ seed, ...draft }: AlertDraft): Promise<StoredAlert> {
  return { ...draft, sid: sidOf("NO", new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(seed)))) };
}
