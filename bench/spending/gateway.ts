import { addOnNames } from "../add-on-names.ts";
import { lookupRequest, requireLookupAnswer } from "../lookup.ts";
import { freePricing, priceMicros, startGateway, type Account } from "../systems/gateway.ts";
import { lookupAddOn } from "../systems/lookup-add-on.ts";
import { works, type HttpRequest } from "../works.ts";
import { sideNames, spendingWorks, type AnsweredCounts, type SideName, type SpendingWork } from "./side.ts";

/** Dollars: more than any run costs. */
const dailyCap = "10000";

type Options = { port: number; publisherUrl: string; stateDir: string };

/** One gateway for both, so that nothing else differs: the same process, the same add-ons but for their prices, the same names. */
export async function startSpendingGateway({ port, publisherUrl, stateDir }: Options) {
  const gateway = await startGateway(port, stateDir);
  const developers: Record<SideName, Account> = { with: gateway.developer, without: await gateway.openDeveloper() };
  for (const name of addOnNames(works["lookup-5"].addOnCount)) {
    const priced = await gateway.offerAndInstall(lookupAddOn(name, publisherUrl));
    await developers.with.api.postForm(`/v1/InstalledAddOns/${priced}/Settings`, { DailyCap: dailyCap });
    await gateway.install(await gateway.offer(lookupAddOn(`free_${name}`, publisherUrl, freePricing)), name, developers.without);
  }

  const requestOf = (side: SideName, work: SpendingWork): HttpRequest => {
    const request = lookupRequest(work, developers[side].credentials);
    if (request === undefined) throw new Error(`${work} is no look-up`);
    return request;
  };
  return {
    url: gateway.url,
    requestOf,
    /** Compares one answer in full. */
    async check(side: SideName, work: SpendingWork): Promise<void> {
      const { path, headers } = requestOf(side, work);
      const response = await fetch(gateway.url + path, { headers });
      const text = await response.text();
      if (!response.ok) throw new Error(`${work} ${side}: ${response.status} ${text.slice(0, 500)}`);
      requireLookupAnswer(work, text);
    },
    /** Reading one's log carries to the database whatever the desk still holds. */
    settle: async (side: SideName) => void (await developers[side].api.get("/v1/Invocations?PageSize=1")),
    /** Throws unless the one paid exactly its answers and the other nothing. */
    async audit(answered: AnsweredCounts): Promise<void> {
      const callCount = spendingWorks.reduce((sum, work) => sum + answered.with[work] * works[work].addOnCount, 0);
      const spentMicros = { with: callCount * priceMicros, without: 0 };
      for (const side of sideNames) await gateway.requireSpent(spentMicros[side], developers[side]);
    },
    stop: gateway.stop,
  };
}
