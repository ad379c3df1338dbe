import type { Login, TestGateway } from "./gateway.ts";
import type { LoopbackPublisher } from "./loopback-publisher.ts";

export type DefinitionJson = Record<string, unknown> & { unique_name: string };

let names = 0;

/** A small valid definition. A test changes one field of it. */
export function definition(publisher: LoopbackPublisher, path: string, change: Record<string, unknown> = {}): DefinitionJson {
  names += 1;
  const { request, ...rest } = change as { request?: Record<string, unknown> };
  return {
    unique_name: `test_add_on_${names}`,
    friendly_name: "Test add-on",
    description: "Answers what a test wants.",
    type: "phone_number",
    extensions: ["lookup", "sms-incoming", "voice-incoming"],
    request: {
      method: "POST",
      url: publisher.origin + path,
      body_format: "form",
      body: { e164: "{{primary_address}}", id: "{{request_sid}}" },
      ...request,
    },
    pricing: { model: "per_use", unit_price: "0.0001", currency: "USD" },
    ...rest,
  };
}

/** Creates an add-on and has it approved. @returns its XB. */
export async function publish(gateway: TestGateway, publisher: Login, json: DefinitionJson): Promise<string> {
  const created = await gateway.call<{ sid: string; version: { sid: string } }>(publisher, "POST", "/v1/Publisher/AddOns", { json });
  if (created.status !== 201) throw new Error(`not created: ${created.text}`);
  const submitted = await gateway.call<{ status: string }>(publisher, "POST", `/v1/Publisher/AddOns/${created.body.sid}/Versions/${created.body.version.sid}/Submit`);
  if (submitted.body.status !== "active") throw new Error(`not approved: ${submitted.text}`);
  return created.body.sid;
}

/** @returns the XE of the new install. */
export async function install(gateway: TestGateway, developer: Login, addOnSid: string, form: Record<string, string> = {}): Promise<string> {
  const installed = await gateway.call<{ sid: string }>(developer, "POST", "/v1/InstalledAddOns", {
    form: { AvailableAddOnSid: addOnSid, AcceptTermsOfService: "true", ...form },
  });
  if (installed.status !== 201) throw new Error(`not installed: ${installed.text}`);
  return installed.body.sid;
}

export type LookupResult = { request_sid: string; status: string; message: string | null; code: number | null; result: Record<string, unknown>; detail?: string };
export type LookupAnswer = {
  country_code: string | null;
  phone_number: string;
  national_format: string;
  url: string;
  add_ons: { status: string; message: string | null; code: number | null; results: Record<string, LookupResult> } | null;
};

/** Looks the guide's number up with add-ons. */
export async function lookUp(gateway: TestGateway, developer: Login, addOns: string[], more: Record<string, string> = {}, headers: Record<string, string> = {}) {
  const query = new URLSearchParams([...addOns.map((name): [string, string] => ["AddOns", name]), ...Object.entries(more)]);
  return gateway.call<LookupAnswer>(developer, "GET", `/v1/PhoneNumbers/+18778894546?${query}`, undefined, headers);
}
