import { z } from "zod";
import { addOnCountByNumber } from "../add-on-names.ts";
import type { ApiClient } from "../api-client.ts";

const created = z.object({ sid: z.string() });
const extensionList = z.object({ extensions: z.array(z.object({ sid: z.string(), unique_name: z.string() })) });

async function enableForMessages(developer: ApiClient, installedAddOnSid: string): Promise<void> {
  const path = `/v1/InstalledAddOns/${installedAddOnSid}/Extensions`;
  const { extensions } = extensionList.parse(await developer.get(path));
  const wanted = extensions.find(({ unique_name }) => unique_name === "sms-incoming");
  if (wanted === undefined) throw new Error(`${installedAddOnSid} has no extension sms-incoming`);
  await developer.postForm(`${path}/${wanted.sid}`, { Enabled: "true" });
}

type Owner = { accountSid: string; developer: ApiClient; installedAddOnSids: readonly string[] };

/**
 * The developer's numbers with their webhook, made by the operator and therefore verified. Every install is assigned to
 * the numbers it is for, so that it runs at no other.
 */
export async function setUpPhoneNumbers(operator: ApiClient, owner: Owner, webhookUrl: string): Promise<void> {
  const numbersPath = `/2010-04-01/Accounts/${owner.accountSid}/IncomingPhoneNumbers`;
  const used = owner.installedAddOnSids.slice(0, Math.max(...Object.values(addOnCountByNumber)));
  for (const sid of used) await enableForMessages(owner.developer, sid);
  for (const [number, addOnCount] of Object.entries(addOnCountByNumber)) {
    const { sid } = created.parse(await operator.postForm(`${numbersPath}.json`, { PhoneNumber: number, SmsUrl: webhookUrl }));
    for (const InstalledAddOnSid of used.slice(0, addOnCount)) {
      await owner.developer.postForm(`${numbersPath}/${sid}/AssignedAddOns.json`, { InstalledAddOnSid });
    }
  }
}
