import { startLocalRuntime } from "../../scripts/local-runtime.ts";
import { migrateLocal } from "../../scripts/migrate-local.ts";
import { apiClient, balanceAnswer, createdAccount, createdAddOn, installedAddOn, type ApiClient, type Credentials } from "../api-client.ts";
import { gatewayVars } from "./gateway-vars.ts";

export const priceMicros = 100;
const creditMicros = 100_000_000_000;

/** Every add-on here has this price, whatever it does. */
export const addOnPricing = { model: "per_use", unit_price: (priceMicros / 1e6).toFixed(6), currency: "USD" };

type Account = { credentials: Credentials; api: ApiClient };

/** The gateway with an operator, a developer who has credit, and a publisher. */
export type Gateway = {
  url: string;
  operator: Account;
  developer: Account;
  publisher: Account;
  /** @returns the SID of the developer's install. */
  offerAndInstall(definition: { unique_name: string }): Promise<string>;
  /** Throws unless the developer's balance fell by exactly this. */
  requireSpent(micros: number): Promise<void>;
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
  const [developer, publisher] = [await openAccount("Developer"), await openAccount("Publisher")];
  await operator.api.postForm(`/v1/Operator/Accounts/${developer.credentials.sid}/Credits`, {
    Amount: (creditMicros / 1e6).toFixed(6),
    Reason: "Benchmark",
  });

  return {
    url,
    operator,
    developer,
    publisher,
    async offerAndInstall(definition) {
      const addOn = createdAddOn.parse(await publisher.api.postJson("/v1/Publisher/AddOns", definition));
      await publisher.api.postForm(`/v1/Publisher/AddOns/${addOn.sid}/Versions/${addOn.version.sid}/Submit`, {});
      const terms = { AvailableAddOnSid: addOn.sid, AcceptTermsOfService: "true", UniqueName: definition.unique_name };
      return installedAddOn.parse(await developer.api.postForm("/v1/InstalledAddOns", terms)).sid;
    },
    async requireSpent(micros) {
      const spentMicros = creditMicros - (await getBalanceMicros(developer));
      if (spentMicros !== micros) throw new Error(`the balance fell by ${spentMicros} micro-dollars where the answers cost ${micros}`);
    },
    stop: () => miniflare.dispose(),
  };
}
