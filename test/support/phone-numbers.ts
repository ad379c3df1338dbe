import type { Login, TestGateway } from "./gateway.ts";

/** A number of an account. */
export type OwnNumber = { sid: string; phoneNumber: string };

let numbers = 0;

/** A possible number that no other test of this file has. */
export function newPhoneNumber(): string {
  numbers += 1;
  return `+1415${String(2_000_000 + numbers * 37).padStart(7, "0")}`;
}

const pathOf = (accountSid: string): string => `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers`;

/**
 * Adds a number to an account.
 * @param by who adds it: what the operator adds is verified.
 */
export async function addNumber(gateway: TestGateway, by: Login, accountSid: string, form: Record<string, string> = {}): Promise<OwnNumber> {
  const phoneNumber = form["PhoneNumber"] ?? newPhoneNumber();
  const { status, body, text } = await gateway.call<{ sid: string }>(by, "POST", `${pathOf(accountSid)}.json`, { form: { ...form, PhoneNumber: phoneNumber } });
  if (status !== 201) throw new Error(`no number: ${text}`);
  return { sid: body.sid, phoneNumber };
}

export async function changeNumber(gateway: TestGateway, by: Login, accountSid: string, number: OwnNumber, form: Record<string, string>): Promise<void> {
  const { status, text } = await gateway.call(by, "POST", `${pathOf(accountSid)}/${number.sid}.json`, { form });
  if (status !== 200) throw new Error(`number not changed: ${text}`);
}

export async function removeNumber(gateway: TestGateway, by: Login, accountSid: string, number: OwnNumber): Promise<void> {
  const { status, text } = await gateway.call(by, "DELETE", `${pathOf(accountSid)}/${number.sid}.json`);
  if (status !== 204) throw new Error(`number not removed: ${text}`);
}

/** Has an installed add-on (XE) run for this number, and no longer for those that it is not assigned to. */
export async function assign(gateway: TestGateway, developer: Login, number: OwnNumber, installedSid: string): Promise<void> {
  const { status, text } = await gateway.call(developer, "POST", `${pathOf(developer.sid)}/${number.sid}/AssignedAddOns.json`, { form: { InstalledAddOnSid: installedSid } });
  if (status !== 201) throw new Error(`not assigned: ${text}`);
}

export async function unassign(gateway: TestGateway, developer: Login, number: OwnNumber, installedSid: string): Promise<void> {
  const { status, text } = await gateway.call(developer, "DELETE", `${pathOf(developer.sid)}/${number.sid}/AssignedAddOns/${installedSid}.json`);
  if (status !== 204) throw new Error(`still assigned: ${text}`);
}

/** Switches an extension of an installed add-on. */
export async function switchExtension(gateway: TestGateway, developer: Login, installedSid: string, name: string, isEnabled: boolean): Promise<void> {
  const path = `/v1/InstalledAddOns/${installedSid}/Extensions`;
  const { body } = await gateway.call<{ extensions: { sid: string; unique_name: string }[] }>(developer, "GET", path);
  const extension = body.extensions.find(({ unique_name }) => unique_name === name);
  const { status, text } = await gateway.call(developer, "POST", `${path}/${extension?.sid}`, { form: { Enabled: String(isEnabled) } });
  if (status !== 200) throw new Error(`${name} not switched: ${text}`);
}

/** Sets what the account's carrier signs with. */
export async function setUpstreamAuthToken(gateway: TestGateway, login: Login, upstreamAuthToken: string): Promise<void> {
  const { status, text } = await gateway.call(login, "POST", `/2010-04-01/Accounts/${login.sid}.json`, { form: { UpstreamAuthToken: upstreamAuthToken } });
  if (status !== 200) throw new Error(`no upstream token: ${text}`);
}
