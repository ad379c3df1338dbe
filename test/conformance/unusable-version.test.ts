import { afterAll, beforeAll, expect, it } from "vitest";
import { lookUp } from "../support/add-ons.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

let market: Marketplace;
beforeAll(async () => void (market = await startMarketplace()));
afterAll(async () => {
  await market.stop();
  expect(market.publisher.violations).toEqual([]);
});

it("a stored version that this gateway cannot run fails alone: the others run, and its install can be deleted", async () => {
  const { gateway, developer } = market;
  const good = await market.offer(answering({ found: true }));
  const newer = await market.offer(answering({ found: true }));
  const db = await gateway.miniflare.getD1Database("DB");
  // As a newer gateway would leave it behind when it is rolled back.
  const stored = "UPDATE add_on_versions SET definition = json_set(definition, '$.novelty', 1) WHERE add_on_sid = ?1 RETURNING sid";
  const version = await db.prepare(stored).bind(newer.addOnSid).first<string>("sid");

  const { body, status } = await lookUp(gateway, developer, [good.name, newer.name]);
  expect(status).toBe(200);
  expect(body.add_ons?.results[good.name]).toMatchObject({ status: "successful" });
  expect(body.add_ons?.results[newer.name]).toMatchObject({ status: "failed", code: 61000, result: {}, detail: expect.stringContaining(String(version)) });
  expect(market.requestsTo(newer)).toEqual([]);
  const requestSid = body.add_ons?.results[newer.name]?.request_sid ?? "";
  expect(await market.logged(developer, requestSid)).toMatchObject({ code: 61000, price: expect.stringMatching(/^0(\.0+)?$/), counts_against_sla: false });
  expect(gateway.logs.filter((line) => line.includes("version_unusable")).map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ version_sid: version })]);

  expect((await gateway.call(developer, "DELETE", `/v1/InstalledAddOns/${newer.installedSid}`)).status).toBe(204);
  expect(await market.run(good)).toMatchObject({ status: "successful" });
});
