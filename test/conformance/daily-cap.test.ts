import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookUp } from "../support/add-ons.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";
import { startRecordingMarketplace } from "../support/recording-marketplace.ts";

const perUse = (unit_price: string) => ({ pricing: { model: "per_use", unit_price, currency: "USD" } });

describe("an install's daily cap", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  const setCap = async (name: string, DailyCap: string): Promise<void> => {
    const { body } = await market.gateway.call<{ installed_add_ons: { sid: string; unique_name: string }[] }>(market.developer, "GET", "/v1/InstalledAddOns?PageSize=1000");
    const sid = body.installed_add_ons.find(({ unique_name }) => unique_name === name)?.sid;
    expect((await market.gateway.call(market.developer, "POST", `/v1/InstalledAddOns/${sid}/Settings`, { form: { DailyCap } })).status).toBe(200);
  };

  const resultsOf = async (...names: string[]) => (await lookUp(market.gateway, market.developer, names)).body.add_ons?.results ?? {};

  it("lets it cost so much and no more: further calls fail with 61003 and reach no publisher, and others go on", async () => {
    let calls = 0;
    const capped = await market.offer((_request, response) => {
      calls += 1;
      response.end('{"ok":true}');
    }, perUse("0.0001"));
    const other = await market.offer(answering({}), perUse("0.0001"));
    await setCap(capped.name, "0.00025");
    const codes: unknown[] = [];
    for (let count = 0; count < 5; count++) {
      const results = await resultsOf(capped.name, other.name);
      expect(results[other.name]).toMatchObject({ status: "successful" });
      codes.push(results[capped.name]?.code);
    }
    expect(codes).toEqual([null, null, 61003, 61003, 61003]);
    // The third was called before the desk was asked; from then on its day is over.
    expect(calls).toBe(3);
    expect((await resultsOf(capped.name))[capped.name]).toMatchObject({ code: 61003, detail: expect.stringContaining("daily cap"), result: {} });

    await setCap(capped.name, "1");
    expect((await resultsOf(capped.name))[capped.name]).toMatchObject({ status: "successful" });
    await setCap(capped.name, "");
    expect((await resultsOf(capped.name))[capped.name]).toMatchObject({ status: "successful" });
  });

  it("reaches no publisher at all where it does not cover a single use", async () => {
    let calls = 0;
    const offer = await market.offer((_request, response) => {
      calls += 1;
      response.end('{"ok":true}');
    }, perUse("0.0001"));
    await setCap(offer.name, "0.000099");
    expect((await resultsOf(offer.name))[offer.name]).toMatchObject({ code: 61003, detail: expect.stringContaining("daily cap") });
    expect(calls).toBe(0);
  });

  it("holds for recordings before they are sent", async () => {
    const recordings = await startRecordingMarketplace();
    try {
      const developer = await recordings.gateway.account("Developer", "10");
      const offer = await recordings.offer(perUse("0.25"));
      const installedSid = await recordings.install(developer, offer);
      expect((await recordings.gateway.call(developer, "POST", `/v1/InstalledAddOns/${installedSid}/Settings`, { form: { DailyCap: "0.3" } })).status).toBe(200);
      const first = { developer, recording: await recordings.record(developer) };
      await recordings.audioOf(offer);
      const second = { developer, recording: await recordings.record(developer) };
      const { sid } = await recordings.resultIn("failed", second);
      expect(await recordings.logged(developer, sid)).toMatchObject({ code: 61003, price: "0.00", detail: expect.stringContaining("daily cap"), attempts: [] });
      await recordings.resultIn("in-progress", first);
      expect(await recordings.received(offer)).toHaveLength(1);
    } finally {
      await recordings.stop();
    }
  });
});
