import { addOnNames } from "../add-on-names.ts";
import { lookupRequest } from "../lookup.ts";
import { messageRequest } from "../message.ts";
import { requireAnswer } from "../right-answer.ts";
import type { StartSystem } from "../system.ts";
import { workNames, works } from "../works.ts";
import { priceMicros, startGateway } from "./gateway.ts";
import { lookupAddOn } from "./lookup-add-on.ts";
import { setUpPhoneNumbers } from "./phone-numbers.ts";

export const start: StartSystem = async ({ port, publisherUrl, webhookUrl, stateDir }) => {
  const gateway = await startGateway(port, stateDir);
  const { operator, developer } = gateway;
  const installedAddOnSids: string[] = [];
  for (const name of addOnNames(works["lookup-5"].addOnCount)) {
    installedAddOnSids.push(await gateway.offerAndInstall(lookupAddOn(name, publisherUrl)));
  }
  const accountSid = developer.credentials.sid;
  await setUpPhoneNumbers(operator.api, { accountSid, developer: developer.api, installedAddOnSids }, webhookUrl);

  return {
    url: gateway.url,
    request: (work) => lookupRequest(work, developer.credentials) ?? messageRequest(work, operator.credentials, accountSid),
    check: requireAnswer,
    // Reading one's log carries to the database whatever the desk still holds.
    settle: async () => void (await developer.api.get("/v1/Invocations?PageSize=1")),
    async audit(answeredCounts) {
      let chargedMicros = 0;
      for (const work of workNames) chargedMicros += answeredCounts[work] * works[work].addOnCount * priceMicros;
      await gateway.requireSpent(chargedMicros);
    },
    stop: gateway.stop,
  };
};
