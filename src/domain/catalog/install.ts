import type { IntegrationPoint } from "./add-on-type.ts";
import type { CompiledVersion } from "./compiled-version.ts";
import type { Credentials } from "./definition.ts";
import type { InvocationFailure } from "../failure.ts";
import type { FieldValue } from "../request/template.ts";

/** Whether an account may act. `closed` is for good. */
export type AccountStatus = "active" | "suspended" | "closed";

/** The keys that a publisher's requests are signed with, both from its primary auth token. */
export type SigningKeys = { sha1: CryptoKey; sha256: CryptoKey };

/** One configured instance of an add-on on an account, with all that an invocation of it needs. */
export type InstalledAddOn = {
  /** XE: this configured instance. */
  sid: string;
  /** XD: this account's install of the add-on, whatever its configuration. */
  installSid: string;
  addOnSid: string;
  uniqueName: string;
  configuration: Readonly<Record<string, FieldValue>>;
  enabledAt: ReadonlySet<IntegrationPoint>;
  /** Whether it is assigned to any phone number: then it runs only for those that it is assigned to. */
  isAssigned: boolean;
  /** What it may cost in a day of UTC; null where the account has set no cap. */
  dailyCapMicros: number | null;
  version: CompiledVersion;
  /** When the version stops; null while it is not retired. */
  sunsetAtMs: number | null;
  credentials: Credentials;
  publisher: { sid: string; status: AccountStatus; signingKeys: SigningKeys };
};

/** A stored version that cannot be run here, e.g. because a newer gateway with other rules wrote it. It is never called, so it costs nothing. */
export type UnusableVersion = { sid: string; unitPriceMicros: 0 };

/** An installed add-on that fails alone, and leaves the account and its other add-ons be. */
export type UnusableAddOn = Omit<InstalledAddOn, "version" | "configuration" | "credentials" | "publisher"> & {
  version: UnusableVersion;
  publisher: { sid: string; status: AccountStatus };
};

/** @param installed by unique name, which an account may change; a SID stays. */
export function installOfSid(installed: ReadonlyMap<string, InstalledAddOn | UnusableAddOn>, sid: string): InstalledAddOn | UnusableAddOn | null {
  for (const addOn of installed.values()) if (addOn.sid === sid) return addOn;
  return null;
}

export const isUsable = (installed: InstalledAddOn | UnusableAddOn): installed is InstalledAddOn => "definition" in installed.version;

/** Which of the conditions for calling an add-on at all is not met, in the order in which they are reported: 61003, at last 61000. */
export function unmetRequirement(
  uniqueName: string,
  installed: InstalledAddOn | UnusableAddOn | null,
  integrationPoint: IntegrationPoint,
  nowMs: number,
): InvocationFailure | null {
  if (installed === null) return { kind: "not_installed", detail: `No add-on is installed under the name ${uniqueName}.` };
  if (!installed.enabledAt.has(integrationPoint)) {
    return { kind: "extension_disabled", detail: `The extension ${integrationPoint} of the installed add-on ${installed.sid} is not enabled.` };
  }
  if (installed.publisher.status !== "active") {
    return { kind: "publisher_suspended", detail: `The publisher of the add-on ${installed.addOnSid} is not active.` };
  }
  if (installed.sunsetAtMs !== null && installed.sunsetAtMs <= nowMs) {
    return { kind: "version_past_sunset", detail: `The version ${installed.version.sid} was retired. Move the installed add-on ${installed.sid} to another version.` };
  }
  if (!isUsable(installed)) return { kind: "internal", detail: `The version ${installed.version.sid} cannot be run by this gateway.` };
  return null;
}
