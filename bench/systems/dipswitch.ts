import { randomBytes } from "node:crypto";
import { startLocalRuntime } from "../../scripts/local-runtime.ts";
import { migrateLocal } from "../../scripts/migrate-local.ts";
import { addOnNames } from "../add-on-names.ts";
import { apiClient, balanceAnswer, createdAccount, createdAddOn, installedAddOn, type ApiClient } from "../api-client.ts";
import { lookupRequest } from "../lookup.ts";
import { messageRequest } from "../message.ts";
import { requireAnswer } from "../right-answer.ts";
import type { StartSystem } from "../system.ts";
import { workNames, works } from "../works.ts";
import { gatewayVars } from "./gateway-vars.ts";
import { setUpPhoneNumbers } from "./phone-numbers.ts";

const priceMicros = 100;
const creditMicros = 100_000_000_000;

/** What a publisher would really register: the guide's request pattern, and an answer whose shape is checked. */
function definition(uniqueName: string, publisherUrl: string) {
  return {
    unique_name: uniqueName,
    friendly_name: `Benchmark ${uniqueName}`,
    description: "Answers always the same.",
    type: "phone_number",
    extensions: ["lookup", "sms-incoming"],
    request: {
      method: "POST",
      url: publisherUrl,
      body_format: "form",
      body: { e164: "{{primary_address}}", id: "{{request_sid}}" },
      credentials: { type: "basic", username: "gateway", password: randomBytes(12).toString("hex") },
    },
    request_schema: {
      $schema: "http://json-schema.org/draft-04/schema#",
      type: "object",
      properties: { primary_address: { type: "string", pattern: "^\\+(91|1)+[0-9]*$" } },
      required: ["primary_address"],
    },
    response_schema: {
      $schema: "http://json-schema.org/draft-04/schema#",
      type: "object",
      properties: { anagrams: { type: "array", items: { type: "string" } } },
      required: ["anagrams"],
    },
    pricing: { model: "per_use", unit_price: (priceMicros / 1e6).toFixed(6), currency: "USD" },
  };
}

async function offerAndInstall(publisher: ApiClient, developer: ApiClient, name: string, publisherUrl: string): Promise<string> {
  const addOn = createdAddOn.parse(await publisher.postJson("/v1/Publisher/AddOns", definition(name, publisherUrl)));
  await publisher.postForm(`/v1/Publisher/AddOns/${addOn.sid}/Versions/${addOn.version.sid}/Submit`, {});
  const terms = { AvailableAddOnSid: addOn.sid, AcceptTermsOfService: "true", UniqueName: name };
  return installedAddOn.parse(await developer.postForm("/v1/InstalledAddOns", terms)).sid;
}

async function getBalanceMicros(developer: ApiClient, accountSid: string): Promise<number> {
  const { balance } = balanceAnswer.parse(await developer.get(`/2010-04-01/Accounts/${accountSid}/Balance.json`));
  return Math.round(Number(balance) * 1e6);
}

/** The gateway as it is deployed, set up through its public API only. */
export const start: StartSystem = async ({ port, publisherUrl, webhookUrl, stateDir }) => {
  const { vars, operator } = gatewayVars(port);
  const { miniflare, url } = await startLocalRuntime({ port, stateDir, vars });
  await migrateLocal(miniflare);

  const root = apiClient(url, operator);
  const openAccount = async (name: string) =>
    createdAccount.parse(await root.postForm("/2010-04-01/Accounts.json", { FriendlyName: name }));
  const developerAccount = await openAccount("Developer");
  const developer = apiClient(url, developerAccount);
  const publisher = apiClient(url, await openAccount("Publisher"));
  await root.postForm(`/v1/Operator/Accounts/${developerAccount.sid}/Credits`, {
    Amount: (creditMicros / 1e6).toFixed(6),
    Reason: "Benchmark",
  });
  const installedAddOnSids: string[] = [];
  for (const name of addOnNames(works["lookup-5"].addOnCount)) {
    installedAddOnSids.push(await offerAndInstall(publisher, developer, name, publisherUrl));
  }
  await setUpPhoneNumbers(root, { accountSid: developerAccount.sid, developer, installedAddOnSids }, webhookUrl);

  return {
    url,
    request: (work) => lookupRequest(work, developerAccount) ?? messageRequest(work, operator, developerAccount.sid),
    check: requireAnswer,
    // Reading one's log carries to the database whatever the desk still holds.
    settle: async () => void (await developer.get("/v1/Invocations?PageSize=1")),
    async audit(answeredCounts) {
      let chargedMicros = 0;
      for (const work of workNames) chargedMicros += answeredCounts[work] * works[work].addOnCount * priceMicros;
      const spentMicros = creditMicros - (await getBalanceMicros(developer, developerAccount.sid));
      if (spentMicros === chargedMicros) return;
      throw new Error(`the balance fell by ${spentMicros} micro-dollars where the answers cost ${chargedMicros}`);
    },
    stop: () => miniflare.dispose(),
  };
};
