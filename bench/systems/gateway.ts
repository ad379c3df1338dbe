import { startLocalRuntime } from "../../scripts/local-runtime.ts";
import { migrateLocal } from "../../scripts/migrate-local.ts";
import { apiClient, balanceAnswer, createdAccount, createdAddOn, installedAddOn, type ApiClient, type Credentials } from "../api-client.ts";
import { gatewayVars } from "./gateway-vars.ts";

export const priceMicros = 100;
const creditMicros = 100_000_000_000;

const perUse = (micros: number) => ({ model: "per_use", unit_price: (micros / 1e6).toFixed(6), currency: "USD" });

/** Whatever an add-on does, unless it is to be free. */
export const addOnPricing = perUse(priceMicros);
export const freePricing = perUse(0);

export type Account = { credentials: Credentials; api: ApiClient };

/** The gateway with an operator, a developer who has credit, and a publisher. */
export type Gateway = {
  url: string;
  operator: Account;
  developer: Account;
  publisher: Account;
  /** Another developer, with as much credit. */
  openDeveloper(): Promise<Account>;
  /** @returns the SID of the add-on. */
  offer(definition: { unique_name: string }): Promise<string>;
  /** @returns the SID of the developer's install. */
  install(addOnSid: string, uniqueName: string, ofDeveloper?: Account): Promise<string>;
  /** @returns the SID of the developer's install, which has the add-on's name. */
  offerAndInstall(definition: { unique_name: string }): Promise<string>;
  /** Throws unless the developer's balance fell by exactly this. */
  requireSpent(micros: number, ofDeveloper?: Account): Promise<void>;
  stop(): Promise<void>;
};

async function getBalanceMicros({ credentials, api }: Account): Promise<number> {
  const { balance } = balanceAnswer.parse(await api.get(`/2010-04-01/Accounts/${credentials.sid}/Balance.json`));
  return Math.round(Number(balance) * 1e6);
}

/** The gateway as it is deployed, set up through its public API only. */
export async function startGateway(port: number, stateDir: string): Promise<Gateway> {
  const { vars, operator: credentials } = gatewayVars(port);
  const { miniflare, url } = await startLocalRuntime({ port, stateDir, vars });
  await migrateLocal(miniflare);

  const account = (ofAccount: Credentials): Account => ({ credentials: ofAccount, api: apiClient(url, ofAccount) });
  const operator = account(credentials);
  const openAccount = async (name: string) =>
    account(createdAccount.parse(await operator.api.postForm("/2010-04-01/Accounts.json", { FriendlyName: name })));
  async function openDeveloper(): Promise<Account> {
    const developer = await openAccount("Developer");
    const credit = { Amount: (creditMicros / 1e6).toFixed(6), Reason: "Benchmark" };
    await operator.api.postForm(`/v1/Operator/Accounts/${developer.credentials.sid}/Credits`, credit);
    return developer;
  }
  const [developer, publisher] = [await openDeveloper(), await openAccount("Publisher")];

  async function offer(definition: { unique_name: string }): Promise<string> {
    const addOn = createdAddOn.parse(await publisher.api.postJson("/v1/Publisher/AddOns", definition));
    await publisher.api.postForm(`/v1/Publisher/AddOns/${addOn.sid}/Versions/${addOn.version.sid}/Submit`, {});
    return addOn.sid;
  }
  async function install(addOnSid: string, uniqueName: string, ofDeveloper = developer): Promise<string> {
    const terms = { AvailableAddOnSid: addOnSid, AcceptTermsOfService: "true", UniqueName: uniqueName };
    return installedAddOn.parse(await ofDeveloper.api.postForm("/v1/InstalledAddOns", terms)).sid;
  }

  return {
    url,
    operator,
    developer,
    publisher,
    openDeveloper,
    offer,
    install,
    offerAndInstall: async (definition) => install(await offer(definition), definition.unique_name),
    async requireSpent(micros, ofDeveloper = developer) {
      const spentMicros = creditMicros - (await getBalanceMicros(ofDeveloper));
      if (spentMicros !== micros) throw new Error(`the balance fell by ${spentMicros} micro-dollars where the answers cost ${micros}`);
    },
    stop: () => miniflare.dispose(),
  };
}
