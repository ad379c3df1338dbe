import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition } from "../support/add-ons.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { recordingAddOn } from "../support/recording-marketplace.ts";
import { databaseRows } from "../support/stored-data.ts";

type Trial = { billed: number; total: string; samples: { billed: boolean; price: string; reason: string }[]; details?: { problems: { path: string }[] } };
const ORIGIN = "https://publisher.example.com";
const perSuccess = (success: object, unit_price = "0.0003") => ({ model: "per_success", unit_price, currency: "USD", success });

describe("a price trial", () => {
  let gateway: TestGateway;
  let publisher: Login;
  beforeAll(async () => {
    gateway = await startGateway();
    publisher = await gateway.account("Publisher");
  });
  afterAll(() => gateway.stop());

  async function newVersion(json: object): Promise<string> {
    const { body, text } = await gateway.call<{ sid: string; version: { sid: string } }>(publisher, "POST", "/v1/Publisher/AddOns", { json });
    if (body.version === undefined) throw new Error(text);
    return `/v1/Publisher/AddOns/${body.sid}/Versions/${body.version.sid}/PriceTrial`;
  }
  const lookup = (pricing: object, change: object = {}) => newVersion(definition({ origin: ORIGIN } as Parameters<typeof definition>[0], "/", { pricing, ...change }));
  const trial = async (path: string, json: unknown) => gateway.call<Trial>(publisher, "POST", path, { json });

  it("says of each sample whether it would have been billed, at which price, and why", async () => {
    const schema = { response_schema: { type: "object", properties: { carrier: { type: "object" } } } };
    const path = await lookup(perSuccess({ http_status: [200], present: ["/carrier/name"], absent: ["/error"] }), schema);
    const { status, body } = await trial(path, {
      samples: [
        { body: { carrier: { name: "x" } } },
        { body: { carrier: { name: "x" }, error: null } },
        { status: 201, body: { carrier: { name: "x" } } },
        { body: { carrier: { name: null } } },
        { body: { carrier: { name: "x" }, error: "quota" } },
        { body: { carrier: "x" } },
        { body: [] },
        { status: 404, body: { carrier: { name: "x" } } },
        { status: 204, body: { carrier: { name: "x" } } },
        { body: { carrier: { name: "x".repeat(51_200) } } },
      ],
    });
    expect(status).toBe(200);
    expect([body.billed, body.total]).toEqual([2, "0.0006"]);
    expect(body.samples.map(({ billed, price }) => [billed, price])).toEqual([true, true, ...Array.from({ length: 8 }, () => false)].map((billed) => [billed, billed ? "0.0003" : "0.00"]));
    expect(body.samples.map(({ reason }) => reason)).toEqual([
      "every condition of the rule holds",
      "every condition of the rule holds",
      "the status 201 is none of 200",
      "/carrier/name is absent or null",
      "/error is present",
      "the response schema refuses /carrier, and what it refuses is never billed",
      "the body is not a JSON object, which is a failure and never billed",
      "the status 404 is a failure, which is never billed",
      "the status 204 has no body, which is a failure and never billed",
      "the body is larger than 51200 bytes, which is a failure and never billed",
    ]);
    expect((await databaseRows(gateway)).filter(({ text }) => text.includes("quota"))).toEqual([]);
  });

  it("tries another rule than the version's, which stays as it is", async () => {
    const path = await lookup({ model: "per_use", unit_price: "0.5", currency: "USD" });
    const samples = [{ body: { a: 1 } }, { body: {} }];
    expect((await trial(path, { samples })).body.total).toBe("1.00");
    expect((await trial(path, { pricing: perSuccess({ present: ["/a"] }), samples })).body.total).toBe("0.0003");
    expect((await trial(path, { samples })).body.total).toBe("1.00");
  });

  it("of a recording counts started minutes, and asks for no status", async () => {
    const change = { pricing: { model: "per_minute", unit_price: "0.005", currency: "USD" } };
    const path = await newVersion(recordingAddOn(ORIGIN, "/audio", change));
    const samples = [{ body: {}, duration_ms: 1 }, { body: {}, duration_ms: 60_000 }, { body: {}, duration_ms: 60_001 }, { status: 500, body: {} }];
    expect((await trial(path, { samples })).body.samples.map(({ price }) => price)).toEqual(["0.005", "0.005", "0.01", "0.005"]);
  });

  it("takes 100 samples and no more, and names what is wrong with the rest of it", async () => {
    const path = await lookup({ model: "per_use", unit_price: "0.5", currency: "USD" });
    expect((await trial(path, { samples: Array.from({ length: 100 }, () => ({ body: {} })) })).body.total).toBe("50.00");
    const bad: [unknown, string][] = [
      [{ samples: Array.from({ length: 101 }, () => ({ body: {} })) }, "/samples"],
      [{ samples: [] }, "/samples"],
      [{}, "/samples"],
      [{ samples: [{ body: {}, status: 99 }] }, "/samples/0/status"],
      [{ samples: [{ body: {}, status: 600 }] }, "/samples/0/status"],
      [{ samples: [{ body: {}, duration_ms: 0 }] }, "/samples/0/duration_ms"],
      [{ samples: [{ body: {} }], pricing: perSuccess({ present: ["carrier"] }) }, "/pricing/success/present/0"],
      [{ samples: [{ body: {} }], pricing: perSuccess({ absent: ["/a~2"] }) }, "/pricing/success/absent/0"],
      [{ samples: [{ body: {} }], pricing: perSuccess({}, "0.0000001") }, "/pricing/unit_price"],
      [{ samples: [{ body: {} }], pricing: perSuccess({}, "-1") }, "/pricing/unit_price"],
      [{ samples: [{ body: {} }], pricing: perSuccess({}, "NaN") }, "/pricing/unit_price"],
      [{ samples: [{ body: {} }], pricing: perSuccess({}, "9".repeat(30)) }, "/pricing/unit_price"],
      [{ samples: [{ body: {} }], pricing: { model: "per_minute", unit_price: "1", currency: "USD" } }, "/pricing/model"],
      [{ samples: [{ body: {} }], pricing: { model: "per_use", unit_price: "1", currency: "EUR" } }, "/pricing/currency"],
      [{ samples: [{ body: {}, extra: 1 }] }, "/samples/0/extra"],
    ];
    for (const [json, place] of bad) {
      const { status, body, text } = await trial(path, json);
      expect([status, body.details?.problems.map(({ path: at }) => at)], text).toEqual([400, [place]]);
    }
  });

  it("fails at 300 and succeeds at 299, says what the empty pointer is, and what a value must be that is there", async () => {
    const path = await lookup({ model: "per_use", unit_price: "0.5", currency: "USD" });
    const { body } = await trial(path, { samples: [199, 200, 299, 300].map((status) => ({ status, body: {} })) });
    expect(body.samples.map(({ billed }) => billed)).toEqual([false, true, true, false]);
    expect((await trial(path, { pricing: perSuccess({ absent: [""] }), samples: [{ body: {} }] })).body.samples[0]?.reason).toBe("the body itself is present");
    const wrong = await trial(path, { samples: [{ body: {}, status: "200" }] });
    expect(wrong.text).toContain("expected number, received string");
    expect((await trial(path, {})).text).toContain("is required");
  });

  it("is the publisher's alone", async () => {
    const path = await lookup({ model: "per_use", unit_price: "0.5", currency: "USD" });
    expect((await gateway.call(await gateway.account("Stranger"), "POST", path, { json: { samples: [{ body: {} }] } })).status).toBe(404);
  });
});
