import type { Body } from "./gateway.ts";

/** Who may call a route, as the contract has it: see `MayCall` of the source. */
export type Role = "anyone" | "account" | "token" | "operator" | "carrier";

/** The things of one account that a path can name. */
export const BELONGINGS = ["account", "key", "addOn", "draft", "version", "draftVersion", "installed", "extension", "invocation", "number", "assigned", "alert", "recording", "result", "payload", "deadLetter", "statement"] as const;
export type Belonging = (typeof BELONGINGS)[number];

/** One route, with what its path's parameters name and a body that it takes. */
export type Route = { method: "GET" | "POST" | "DELETE"; path: string; role: Role; names?: Record<string, Belonging>; body?: Body };

const form = (fields: Record<string, string>): Body => ({ form: fields });

/** A definition as small as can be. */
const small: Body = {
  json: {
    unique_name: "small",
    friendly_name: "Small",
    description: "Small.",
    type: "phone_number",
    extensions: ["lookup"],
    request: { method: "GET", url: "https://publisher.example.com/" },
    pricing: { model: "per_use", unit_price: "0.0001", currency: "USD" },
  },
};

const accounts = "/2010-04-01/Accounts";
const numbers = `${accounts}/{AccountSid}/IncomingPhoneNumbers`;
const recordings = `${accounts}/{AccountSid}/Recordings`;
const results = `${recordings}/{ReferenceSid}/AddOnResults`;
const payloads = `${results}/{AddOnResultSid}/Payloads`;
const assignments = `${numbers}/{ResourceSid}/AssignedAddOns`;
const ofAccount = { AccountSid: "account" } as const;
const ofKey = { AccountSid: "account", Sid: "key" } as const;
const ofNumber = { AccountSid: "account", ResourceSid: "number" } as const;
const ofAssigned = { ...ofNumber, Sid: "assigned" } as const;
const ofResult = { AccountSid: "account", ReferenceSid: "recording", AddOnResultSid: "result" } as const;
const ofAddOn = { AddOnSid: "addOn" } as const;
const ofVersion = { AddOnSid: "addOn", VersionSid: "version" } as const;
const ofStatement = { Sid: "statement" } as const;
const ofInstalled = { InstalledAddOnSid: "installed" } as const;
const ofExtension = { InstalledAddOnSid: "installed", Sid: "extension" } as const;
// What was approved is everybody's to see; a draft is its publisher's.
const ofDraft = { AvailableAddOnSid: "draft" } as const;

/** Every route of the gateway; test/platform/routes.test.ts keeps the list complete. */
export const ROUTES: readonly Route[] = [
  { method: "GET", path: "/health", role: "anyone" },
  { method: "GET", path: "/docs/errors/{Code}", role: "anyone" },

  { method: "POST", path: accounts, role: "operator", body: form({ FriendlyName: "Another" }) },
  { method: "GET", path: accounts, role: "account" },
  { method: "GET", path: `${accounts}/{AccountSid}`, role: "account", names: ofAccount },
  { method: "POST", path: `${accounts}/{AccountSid}`, role: "token", names: ofAccount, body: form({ FriendlyName: "Renamed" }) },
  { method: "GET", path: `${accounts}/{AccountSid}/Balance`, role: "account", names: ofAccount },
  { method: "POST", path: `${accounts}/{AccountSid}/Keys`, role: "token", names: ofAccount, body: form({ FriendlyName: "Key" }) },
  { method: "GET", path: `${accounts}/{AccountSid}/Keys`, role: "token", names: ofAccount },
  { method: "GET", path: `${accounts}/{AccountSid}/Keys/{Sid}`, role: "token", names: ofKey },
  { method: "POST", path: `${accounts}/{AccountSid}/Keys/{Sid}`, role: "token", names: ofKey, body: form({ FriendlyName: "Renamed" }) },
  { method: "DELETE", path: `${accounts}/{AccountSid}/Keys/{Sid}`, role: "token", names: ofKey },

  { method: "POST", path: numbers, role: "account", names: ofAccount, body: form({ PhoneNumber: "+14158675309" }) },
  { method: "GET", path: numbers, role: "account", names: ofAccount },
  { method: "GET", path: `${numbers}/{Sid}`, role: "account", names: { ...ofAccount, Sid: "number" } },
  { method: "POST", path: `${numbers}/{Sid}`, role: "account", names: { ...ofAccount, Sid: "number" }, body: form({ FriendlyName: "Renamed" }) },
  { method: "DELETE", path: `${numbers}/{Sid}`, role: "account", names: { ...ofAccount, Sid: "number" } },
  { method: "POST", path: assignments, role: "account", names: ofNumber, body: form({ InstalledAddOnSid: `XE${"0".repeat(32)}` }) },
  { method: "GET", path: assignments, role: "account", names: ofNumber },
  { method: "GET", path: `${assignments}/{Sid}`, role: "account", names: ofAssigned },
  { method: "DELETE", path: `${assignments}/{Sid}`, role: "account", names: ofAssigned },
  { method: "GET", path: `${assignments}/{AssignedAddOnSid}/Extensions`, role: "account", names: { ...ofNumber, AssignedAddOnSid: "assigned" } },
  { method: "GET", path: `${assignments}/{AssignedAddOnSid}/Extensions/{Sid}`, role: "account", names: { ...ofNumber, AssignedAddOnSid: "assigned", Sid: "extension" } },

  { method: "POST", path: "/v1/AuthTokens/Secondary", role: "token" },
  { method: "DELETE", path: "/v1/AuthTokens/Secondary", role: "token" },
  { method: "POST", path: "/v1/AuthTokens/Promote", role: "token" },

  { method: "POST", path: "/v1/TestCredentials", role: "account" },
  { method: "GET", path: "/v1/TestCredentials", role: "account" },
  { method: "DELETE", path: "/v1/TestCredentials", role: "account" },

  { method: "GET", path: "/v1/PhoneNumbers/{PhoneNumber}", role: "account" },

  { method: "POST", path: "/v1/IncomingMessages", role: "carrier", body: form({ MessageSid: `SM${"0".repeat(32)}`, To: "+14155550100", From: "+14155550123" }) },
  { method: "POST", path: "/v1/IncomingCalls", role: "carrier", body: form({ CallSid: `CA${"0".repeat(32)}`, To: "+14155550100", From: "+14155550123" }) },

  { method: "POST", path: "/v1/Recordings", role: "account", body: form({ Source: "RecordVerb", RecordingUrl: "https://10.0.0.1/audio.wav" }) },
  { method: "GET", path: recordings, role: "account", names: ofAccount },
  { method: "GET", path: `${recordings}/{Sid}`, role: "account", names: { ...ofAccount, Sid: "recording" } },
  { method: "DELETE", path: `${recordings}/{Sid}`, role: "account", names: { ...ofAccount, Sid: "recording" } },
  { method: "GET", path: `${recordings}/{Sid}/Audio`, role: "account", names: { ...ofAccount, Sid: "recording" } },

  { method: "GET", path: results, role: "account", names: { AccountSid: "account", ReferenceSid: "recording" } },
  { method: "GET", path: `${results}/{Sid}`, role: "account", names: { AccountSid: "account", ReferenceSid: "recording", Sid: "result" } },
  { method: "DELETE", path: `${results}/{Sid}`, role: "account", names: { AccountSid: "account", ReferenceSid: "recording", Sid: "result" } },
  { method: "GET", path: payloads, role: "account", names: ofResult },
  { method: "GET", path: `${payloads}/{Sid}`, role: "account", names: { ...ofResult, Sid: "payload" } },
  { method: "DELETE", path: `${payloads}/{Sid}`, role: "account", names: { ...ofResult, Sid: "payload" } },
  { method: "GET", path: `${payloads}/{PayloadSid}/Data`, role: "account", names: { ...ofResult, PayloadSid: "payload" } },
  { method: "GET", path: "/v1/StoredResults/{Sid}", role: "anyone" },
  { method: "GET", path: "/v1/Relays/{Sid}", role: "account", names: { Sid: "result" } },
  { method: "GET", path: "/v1/DeadLetters", role: "account" },
  { method: "GET", path: "/v1/DeadLetters/{Sid}", role: "account", names: { Sid: "deadLetter" } },
  { method: "POST", path: "/v1/DeadLetters/{Sid}/Redeliver", role: "account", names: { Sid: "deadLetter" } },

  { method: "POST", path: "/v1/AddOnResults/{RequestSid}/Callback/{Secret}", role: "account", names: { RequestSid: "result" }, body: { json: {} } },

  { method: "GET", path: "/v1/Invocations", role: "account" },
  { method: "GET", path: "/v1/Invocations.csv", role: "account" },
  { method: "GET", path: "/v1/Invocations/{Sid}", role: "account", names: { Sid: "invocation" } },
  { method: "DELETE", path: "/v1/Invocations/{Sid}", role: "account", names: { Sid: "invocation" } },

  { method: "GET", path: "/v1/Statements", role: "account" },
  { method: "GET", path: "/v1/Statements/{Sid}", role: "account", names: ofStatement },
  { method: "GET", path: "/v1/Statements/{Sid}/Entries.csv", role: "account", names: ofStatement },
  { method: "GET", path: "/v1/Statements/{Sid}/Payments", role: "account", names: ofStatement },

  { method: "GET", path: "/v1/Alerts", role: "account" },
  { method: "GET", path: "/v1/Alerts/{Sid}", role: "account", names: { Sid: "alert" } },
  { method: "GET", path: "/v1/AlertSettings", role: "account" },
  { method: "POST", path: "/v1/AlertSettings", role: "account", body: form({ AlertLevel: "warning" }) },
  { method: "POST", path: "/v1/AlertSettings/Test", role: "account" },

  { method: "GET", path: "/v1/AvailableAddOns", role: "account" },
  { method: "GET", path: "/v1/AvailableAddOns/{Sid}", role: "account", names: { Sid: "draft" } },
  { method: "GET", path: "/v1/AvailableAddOns/{AvailableAddOnSid}/Extensions", role: "account", names: ofDraft },
  { method: "GET", path: "/v1/AvailableAddOns/{AvailableAddOnSid}/Extensions/{Sid}", role: "account", names: { ...ofDraft, Sid: "extension" } },
  { method: "GET", path: "/v1/AvailableAddOns/{AvailableAddOnSid}/Versions", role: "account", names: ofDraft },
  { method: "GET", path: "/v1/AvailableAddOns/{AvailableAddOnSid}/Versions/{Sid}", role: "account", names: { ...ofDraft, Sid: "draftVersion" } },

  { method: "POST", path: "/v1/InstalledAddOns", role: "account", body: form({ AvailableAddOnSid: `XB${"0".repeat(32)}`, AcceptTermsOfService: "true" }) },
  { method: "GET", path: "/v1/InstalledAddOns", role: "account" },
  { method: "GET", path: "/v1/InstalledAddOns/{Sid}", role: "account", names: { Sid: "installed" } },
  { method: "POST", path: "/v1/InstalledAddOns/{Sid}", role: "account", names: { Sid: "installed" }, body: form({ UniqueName: "renamed" }) },
  { method: "DELETE", path: "/v1/InstalledAddOns/{Sid}", role: "account", names: { Sid: "installed" } },
  { method: "GET", path: "/v1/InstalledAddOns/{InstalledAddOnSid}/Extensions", role: "account", names: ofInstalled },
  { method: "GET", path: "/v1/InstalledAddOns/{InstalledAddOnSid}/Extensions/{Sid}", role: "account", names: ofExtension },
  { method: "POST", path: "/v1/InstalledAddOns/{InstalledAddOnSid}/Extensions/{Sid}", role: "account", names: ofExtension, body: form({ Enabled: "false" }) },
  { method: "GET", path: "/v1/InstalledAddOns/{InstalledAddOnSid}/Settings", role: "account", names: ofInstalled },
  { method: "POST", path: "/v1/InstalledAddOns/{InstalledAddOnSid}/Settings", role: "account", names: ofInstalled, body: form({ DailyCap: "1" }) },

  { method: "GET", path: "/v1/Listings", role: "account" },
  { method: "POST", path: "/v1/Listings", role: "account", body: form({ ModuleInfo: `{"sid":"XB${"0".repeat(32)}"}` }) },
  { method: "GET", path: "/v1/Listing/{Sid}", role: "account", names: { Sid: "draft" } },
  { method: "POST", path: "/v1/Listing/{Sid}", role: "account", names: { Sid: "addOn" }, body: form({ Description: "{}" }) },

  { method: "POST", path: "/v1/Publisher/AddOns", role: "account", body: small },
  { method: "GET", path: "/v1/Publisher/AddOns", role: "account" },
  { method: "GET", path: "/v1/Publisher/AddOns/{AddOnSid}", role: "account", names: ofAddOn },
  { method: "POST", path: "/v1/Publisher/AddOns/{AddOnSid}/Credentials", role: "account", names: ofAddOn, body: { json: { type: "none" } } },
  { method: "POST", path: "/v1/Publisher/AddOns/{AddOnSid}/Versions", role: "account", names: ofAddOn, body: small },
  { method: "GET", path: "/v1/Publisher/AddOns/{AddOnSid}/Versions", role: "account", names: ofAddOn },
  { method: "GET", path: "/v1/Publisher/AddOns/{AddOnSid}/Versions/{VersionSid}", role: "account", names: ofVersion },
  { method: "POST", path: "/v1/Publisher/AddOns/{AddOnSid}/Versions/{VersionSid}", role: "account", names: ofVersion, body: small },
  { method: "POST", path: "/v1/Publisher/AddOns/{AddOnSid}/Versions/{VersionSid}/Submit", role: "account", names: ofVersion },
  { method: "POST", path: "/v1/Publisher/AddOns/{AddOnSid}/Versions/{VersionSid}/Retire", role: "account", names: ofVersion, body: form({ SunsetDate: "2999-01-01" }) },

  { method: "POST", path: "/v1/Operator/Accounts/{AccountSid}/Credits", role: "operator", names: ofAccount, body: form({ Amount: "1" }) },
  { method: "GET", path: "/v1/Operator/Accounts/{AccountSid}/Desk", role: "operator", names: ofAccount },
  { method: "POST", path: "/v1/Publisher/AddOns/{AddOnSid}/Versions/{VersionSid}/PriceTrial", role: "account", names: ofVersion, body: { json: { samples: [{ body: {} }] } } },
  { method: "GET", path: "/2010-04-01/Accounts/{AccountSid}/Usage/Records", role: "account", names: ofAccount },
  { method: "GET", path: "/v1/Operator/DeadLetters", role: "operator" },
  { method: "GET", path: "/v1/Operator/DeadLetters/{Sid}", role: "operator", names: { Sid: "deadLetter" } },
  { method: "POST", path: "/v1/Operator/DeadLetters/{Sid}/Redeliver", role: "operator", names: { Sid: "deadLetter" } },
  { method: "POST", path: "/v1/Operator/Statements", role: "operator", body: form({ Month: "2020-01" }) },
  { method: "GET", path: "/v1/Operator/Statements", role: "operator" },
  { method: "GET", path: "/v1/Operator/Statements/{Sid}", role: "operator", names: ofStatement },
  { method: "GET", path: "/v1/Operator/Statements/{Sid}/Entries.csv", role: "operator", names: ofStatement },
  { method: "GET", path: "/v1/Operator/Accounts/{AccountSid}/Entries.csv", role: "operator", names: ofAccount },
  { method: "GET", path: "/v1/Operator/Statements/{Sid}/Payments", role: "operator", names: ofStatement },
  { method: "POST", path: "/v1/Operator/Statements/{Sid}/Payments", role: "operator", names: ofStatement, body: form({ Amount: "1" }) },
  { method: "POST", path: "/v1/Operator/Reversals", role: "operator", body: form({ Transaction: `CR${"0".repeat(32)}`, Reason: "A mistake" }) },
  { method: "POST", path: "/v1/Operator/Reconciliation", role: "operator", body: form({}) },
  { method: "POST", path: "/v1/Operator/AddOnVersions/{VersionSid}/Approve", role: "operator", names: { VersionSid: "version" } },
  { method: "POST", path: "/v1/Operator/AddOnVersions/{VersionSid}/Reject", role: "operator", names: { VersionSid: "version" }, body: form({ Reason: "No." }) },
  { method: "POST", path: "/v1/Operator/AddOns/{AddOnSid}", role: "operator", names: ofAddOn, body: form({ TransactionFeePercent: "1" }) },
];

/**
 * The path with its parameters filled in; those that name nobody's thing are the same for all.
 * @param valueOf percent-encoded already.
 */
export function pathOf(route: Route, valueOf: (belonging: Belonging) => string): string {
  // Without it, the path of a recording is that of its audio.
  const suffix = route.path === `${recordings}/{Sid}` ? ".json" : "";
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const belonging = route.names?.[name];
    if (belonging !== undefined) return valueOf(belonging);
    return name === "PhoneNumber" ? "+14158675309" : "61001";
  });
  return path + suffix;
}
