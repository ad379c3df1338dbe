import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { install, lookUp } from "../support/add-ons.ts";
import { runCron } from "../support/cron.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace, type Offer } from "../support/marketplace.ts";

type Difference = { desk: string; first_seq: number; last_seq: number; invocations: { count: number; charged: string }; ledger: { charged: string; unbalanced?: number; mismatched?: number }; checkpoints: { count: number; charged: string } };
type Found = { status: string; desks_compared: number; differences: Difference[] };
type Alerts = { alerts: { error_code: string; alert_text: string; resource_sid: string; log_level: string }[] };

describe("reconciliation", () => {
  let market: Marketplace;
  let offer: Offer;
  let db: Awaited<ReturnType<Miniflare["getD1Database"]>>;

  beforeAll(async () => {
    market = await startMarketplace();
    offer = await market.offer(answering({}), { pricing: { model: "per_use", unit_price: "0.01", currency: "USD" } });
    db = await market.gateway.miniflare.getD1Database("DB");
  });
  afterAll(() => market.stop());

  const reconcile = async (FromStart = "false"): Promise<Found> =>
    (await market.gateway.call<Found>(market.gateway.operator, "POST", "/v1/Operator/Reconciliation", { form: { FromStart } })).body;
  const invoke = async (): Promise<string> => {
    const { request_sid } = await market.run(offer);
    await market.logged(market.developer, request_sid);
    return request_sid;
  };
  const alerts = async () => (await market.gateway.call<Alerts>(market.gateway.operator, "GET", "/v1/Alerts?PageSize=1000")).body.alerts.filter(({ alert_text }) => alert_text.startsWith("The books"));

  it("finds invocations, ledger and desks equal, and does not look at the same again", async () => {
    await invoke();
    expect(await reconcile()).toMatchObject({ status: "complete", desks_compared: 1, differences: [] });
    expect(await reconcile()).toMatchObject({ desks_compared: 0 });
    await invoke();
    expect(await reconcile()).toMatchObject({ desks_compared: 1, differences: [] });
    expect(await reconcile("true")).toMatchObject({ desks_compared: 1, differences: [] });
    expect(await alerts()).toEqual([]);
  });

  it("tells the operator, by schedule, of a price that was changed: desk and range, once until it is mended", async () => {
    const xr = await invoke();
    await db.prepare("UPDATE invocations SET price_micros = price_micros + 1 WHERE sid = ?1").bind(xr).run();
    await runCron(market.gateway, "*/10 * * * *", new Date());
    const seq = await db.prepare("SELECT desk_seq FROM invocations WHERE sid = ?1").bind(xr).first<number>("desk_seq");
    const [alert, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ error_code: "20500", log_level: "error", resource_sid: market.developer.sid });
    expect(alert?.alert_text).toMatch(new RegExp(`^The books of the desk ${market.developer.sid} differ in its segments \\d+ to ${seq}: `));

    await invoke();
    const { differences } = await reconcile();
    expect(differences).toMatchObject([{ desk: market.developer.sid, invocations: { count: 2, charged: "0.020001" }, ledger: { charged: "0.020000" }, checkpoints: { count: 2, charged: "0.020000" } }]);
    expect(await alerts()).toHaveLength(1);

    await db.prepare("UPDATE invocations SET price_micros = price_micros - 1 WHERE sid = ?1").bind(xr).run();
    expect(await reconcile()).toMatchObject({ differences: [] });
  });

  // The books stay wrong after the last of them: each has a developer of its own.
  const again = "transaction_id || '/again', ledger_account, amount_micros, kind, cause, version_sid, quantity, month, desk, desk_seq, reason, created_at";
  const seqOf = "(SELECT desk_seq FROM invocations WHERE sid = ?1)";
  const entriesOf = `desk = (SELECT account_sid FROM invocations WHERE sid = ?1) AND desk_seq = ${seqOf}`;
  it.each<[string, string, Partial<Difference>]>([
    ["an invocation that is gone", "DELETE FROM invocations WHERE sid = ?1", { invocations: { count: 0, charged: "0.000000" }, checkpoints: { count: 1, charged: "0.010000" } }],
    [
      "a charge that was booked twice",
      `INSERT INTO ledger_entries (transaction_id, ledger_account, amount_micros, kind, cause, version_sid, quantity, month, desk, desk_seq, reason, created_at) SELECT ${again} FROM ledger_entries WHERE kind = 'charge' AND ${entriesOf}`,
      { ledger: { charged: "0.020000" }, checkpoints: { count: 1, charged: "0.010000" } },
    ],
    [
      "half of a transaction",
      `INSERT INTO ledger_entries (transaction_id, ledger_account, amount_micros, kind, cause, version_sid, quantity, month, desk, desk_seq, reason, created_at) SELECT ${again} FROM ledger_entries WHERE kind = 'charge' AND ledger_account LIKE 'payable:%' AND ${entriesOf}`,
      { ledger: { charged: "0.010000", unbalanced: 1 } },
    ],
    [
      "a charge that is owed to another publisher",
      `INSERT INTO ledger_entries (transaction_id, ledger_account, amount_micros, kind, cause, version_sid, quantity, month, desk, desk_seq, reason, created_at)
        SELECT transaction_id || '/moved', iif(amount_micros > 0, ledger_account, 'payable:AC0'), iif(amount_micros > 0, -amount_micros, -amount_micros), kind, cause, version_sid, 0, month, desk, desk_seq, reason, created_at FROM ledger_entries WHERE kind = 'charge' AND ${entriesOf}`,
      { ledger: { charged: "0.010000", unbalanced: 0, mismatched: 2 } },
    ],
    ["a checkpoint that says something else", "UPDATE desk_checkpoints SET charged_micros = charged_micros + 5 WHERE desk = (SELECT account_sid FROM invocations WHERE sid = ?1)", { checkpoints: { count: 1, charged: "0.010005" } }],
  ])("finds %s", async (_what, sabotage, expected) => {
    const developer = await market.gateway.account("Other", "1");
    await install(market.gateway, developer, offer.addOnSid);
    const { body } = await lookUp(market.gateway, developer, [offer.name]);
    const xr = body.add_ons?.results[offer.name]?.request_sid ?? "";
    await market.logged(developer, xr);
    await db.prepare(sabotage).bind(xr).run();
    const { differences } = await reconcile();
    expect(differences.find(({ desk }) => desk === developer.sid)).toMatchObject(expected);
  });

  it("is the operator's", async () => {
    expect((await market.gateway.call(market.developer, "POST", "/v1/Operator/Reconciliation", { form: {} })).status).toBe(403);
  });
});
