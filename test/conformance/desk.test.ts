import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, lookUp, publish, type LookupResult } from "../support/add-ons.ts";
import { startGateway, until, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";

type Desk = { balance: string; granted: string; spent: string; events: number; pending_events: number; pending_since: string | null; flush_failures: number; flush_error: string | null };
type Invocation = { sid: string; price: string; status: string };
type Credit = { sid: string; account_sid: string; amount: string; balance: string; reason: string };

/** In micro-dollars: sums of decimal fractions are exact only as integers. */
const micros = (dollars: string): number => Math.round(Number(dollars) * 1e6);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe("an account's desk", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let owner: Login;
  let priced: string;
  let dear: string;
  let free: string;

  const publishAt = (unitPrice: string): Promise<string> =>
    publish(gateway, owner, definition(publisher, "/answer", { pricing: { model: "per_use", unit_price: unitPrice, currency: "USD" } }));

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    owner = await gateway.account("Publisher");
    publisher.authTokens.set(owner.sid, owner.secret);
    publisher.on("/answer", answering({ found: true }));
    [priced, dear, free] = [await publishAt("0.01"), await publishAt("0.25"), await publishAt("0")];
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), publisher.stop()]);
    expect(publisher.violations).toEqual([]);
  });

  /** With all three add-ons installed. */
  async function developerWith(dollars?: string): Promise<Login> {
    const login = await gateway.account("Developer", dollars);
    for (const [addOn, UniqueName] of [[priced, "priced"], [dear, "dear"], [free, "free"]] as const) await install(gateway, login, addOn, { UniqueName });
    return login;
  }
  const resultsOf = async (login: Login, names: string[]): Promise<Record<string, LookupResult>> => (await lookUp(gateway, login, names)).body.add_ons?.results ?? {};
  const deskOf = async ({ sid }: Login): Promise<Desk> => (await gateway.call<Desk>(gateway.operator, "GET", `/v1/Operator/Accounts/${sid}/Desk`)).body;
  const balanceOf = async (login: Login): Promise<number> => micros((await gateway.call<{ balance: string }>(login, "GET", `/2010-04-01/Accounts/${login.sid}/Balance.json`)).body.balance);
  const credit = ({ sid }: Login, form: Record<string, string>, key?: string): Promise<Answer<Credit>> =>
    gateway.call<Credit>(gateway.operator, "POST", `/v1/Operator/Accounts/${sid}/Credits`, { form: { Reason: "Test", ...form } }, key === undefined ? {} : { "Idempotency-Key": key });
  const invocationsOf = async (login: Login): Promise<Invocation[]> => (await gateway.call<{ invocations: Invocation[] }>(login, "GET", "/v1/Invocations?PageSize=1000")).body.invocations;
  const select = async <T>(sql: string, ...values: string[]): Promise<T[]> => {
    const db = await gateway.miniflare.getD1Database("DB");
    return (await db.prepare(sql).bind(...values).all<T>()).results;
  };
  const rename = (from: string, to: string): Promise<unknown[]> => select(`ALTER TABLE ${from} RENAME TO ${to}`);

  it("keeps what the database refuses, shows it and why, and brings all of it once the database takes it again", async () => {
    const developer = await developerWith("1");
    await resultsOf(developer, ["priced"]);
    expect(await invocationsOf(developer)).toHaveLength(1);
    const sids: string[] = [];
    await rename("invocations", "invocations_away");
    try {
      for (let round = 0; round < 10; round++) {
        const results = await resultsOf(developer, ["priced", "free"]);
        for (const result of Object.values(results)) expect(result.status).toBe("successful");
        sids.push(...Object.values(results).map(({ request_sid }) => request_sid));
      }
      const stuck = await until("the desk has seen the refusal", async () => {
        const desk = await deskOf(developer);
        return desk.flush_failures > 0 && desk;
      });
      expect(stuck).toMatchObject({ pending_events: 20, events: 21, flush_error: expect.stringContaining("invocations"), pending_since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) });
      expect(micros(stuck.balance)).toBe(1_000_000 - 11 * 10_000);
      expect(await balanceOf(developer)).toBe(1_000_000 - 11 * 10_000);
    } finally {
      await rename("invocations_away", "invocations");
    }
    const listed = await until("all have arrived", async () => {
      const invocations = await invocationsOf(developer);
      return invocations.length >= 21 && invocations;
    });
    expect(listed.map(({ sid }) => sid).filter((sid) => sids.includes(sid)).toSorted()).toEqual(sids.toSorted());
    expect(await deskOf(developer)).toMatchObject({ pending_events: 0, pending_since: null, flush_failures: 0, flush_error: null, events: 21 });
    await expectBooked(developer);
  });

  it("brings what it recorded to the database by itself, without being asked", async () => {
    const developer = await developerWith("1");
    const [sid = ""] = Object.values(await resultsOf(developer, ["priced"])).map(({ request_sid }) => request_sid);
    const rows = await until("the row is there", async () => {
      const found = await select<{ price_micros: number }>("SELECT price_micros FROM invocations WHERE sid = ?1", sid);
      return found.length > 0 && found;
    });
    expect(rows).toEqual([{ price_micros: 10_000 }]);
  });

  it("books double entries that sum to zero and agree with balance, invocations and checkpoints [pricing-metered, pricing-credit]", async () => {
    const developer = await developerWith("2");
    await credit(developer, { Amount: "0.5" });
    publisher.on("/odd", answering({}, 403));
    await install(gateway, developer, await publish(gateway, owner, definition(publisher, "/odd")), { UniqueName: "failing" });
    await Promise.all(Array.from({ length: 20 }, () => resultsOf(developer, ["priced", "dear", "free", "failing", "missing"])));
    const invocations = await invocationsOf(developer);
    expect(invocations).toHaveLength(100);
    // 2.5 dollars pay for nine dear ones and the cheap ones beside them, in whatever order they came.
    for (const { price, status } of invocations) if (status === "failed") expect(micros(price)).toBe(0);
    await expectBooked(developer);
  });

  it("never lets more be spent than there is, also with 64 callers at once", async () => {
    const developer = await developerWith("0.2");
    const seen: number[] = [];
    const rounds = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const results = await resultsOf(developer, ["priced", "free"]);
        seen.push(await balanceOf(developer));
        return results;
      }),
    );
    const results = rounds.flatMap(({ priced: result }) => (result ? [result] : []));
    expect(results).toHaveLength(64);
    expect(results.filter(({ status }) => status === "successful")).toHaveLength(20);
    for (const result of results.filter(({ status }) => status === "failed")) {
      expect(result).toMatchObject({ code: 61003, result: {}, detail: expect.stringContaining("credit") });
    }
    for (const { free: result } of rounds) expect(result).toMatchObject({ status: "successful" });
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(0);
    expect(await balanceOf(developer)).toBe(0);
    await expectBooked(developer);
  });

  it("refuses priced add-ons without credit, before their publisher is called, and runs free ones; a top-up counts at once [pricing-credit]", async () => {
    const developer = await developerWith();
    await resultsOf(developer, ["free"]);
    const calls = publisher.requests.length;
    const refused = await resultsOf(developer, ["priced", "dear", "free"]);
    expect([refused["priced"]?.code, refused["dear"]?.code, refused["free"]?.status]).toEqual([61003, 61003, "successful"]);
    expect(publisher.requests.length).toBe(calls + 1);
    await credit(developer, { Amount: "0.02" });
    const affordable = await resultsOf(developer, ["dear", "priced"]);
    expect([affordable["dear"]?.code, affordable["priced"]?.status]).toEqual([61003, "successful"]);
    expect(await balanceOf(developer)).toBe(10_000);
    await expectBooked(developer);
  });

  it("gives a credit once per key, and refuses the key for another one", async () => {
    const developer = await gateway.account("Developer");
    const first = await credit(developer, { Amount: "1.5" }, "once");
    expect(first).toMatchObject({ status: 201, body: { sid: expect.stringMatching(/^CR[0-9a-f]{32}$/), account_sid: developer.sid, amount: "1.50", balance: "1.50", reason: "Test" } });
    await credit(developer, { Amount: "1" }, "other");
    const again = await credit(developer, { Amount: "1.500000" }, "once");
    expect([again.status, again.text, again.headers.get("Idempotent-Replayed"), first.headers.get("Idempotent-Replayed")]).toEqual([201, first.text, "true", null]);
    for (const form of [{ Amount: "1.6" }, { Amount: "1.5", Reason: "Another" }]) expect(await credit(developer, form, "once")).toMatchObject({ status: 409, body: { code: 20409 } });
    expect(await Promise.all(Array.from({ length: 16 }, async () => (await credit(developer, { Amount: "1" }, "at once")).body.sid)).then((sids) => new Set(sids).size)).toBe(1);
    expect(await balanceOf(developer)).toBe(3_500_000);
    // Without a key each is a credit of its own; keys are each account's own.
    for (const login of [developer, await gateway.account("Another")]) await credit(login, { Amount: "1" });
    const another = await gateway.account("Another");
    expect((await credit(another, { Amount: "9" }, "once")).status).toBe(201);
    expect([await balanceOf(developer), await balanceOf(another)]).toEqual([4_500_000, 9_000_000]);
    await expectBooked(developer);
  });

  it.each(["-1", "+1", "NaN", "Infinity", "1e9", "1e-3", "0x10", "0", "0.000000", "0.0000001", "1000000000.000001", "99999999999999999999", "1,5", "1_000", " 1", "1 ", "$1", ".5", "1.", "", "１"])(
    "takes no amount that is not a decimal number of dollars: %j",
    async (Amount) => {
      const developer = await gateway.account("Developer");
      expect(await credit(developer, { Amount })).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("Amount") } });
      expect(await balanceOf(developer)).toBe(0);
    },
  );

  it("takes a billion dollars, to the last micro-dollar, and no more for the same account", async () => {
    const developer = await gateway.account("Developer");
    expect((await credit(developer, { Amount: "999999999.999999" })).body.balance).toBe("999999999.999999");
    expect((await credit(developer, { Amount: "0.000001" })).body.balance).toBe("1000000000.00");
    expect(await credit(developer, { Amount: "0.000001" })).toMatchObject({ status: 400, body: { code: 20001 } });
    expect((await gateway.call<{ balance: string }>(developer, "GET", `/2010-04-01/Accounts/${developer.sid}/Balance.json`)).body).toEqual({ account_sid: developer.sid, balance: "1000000000.00", currency: "USD" });
  });

  /** The books, the log, the checkpoints and the desk say the same of an account. */
  async function expectBooked(developer: Login): Promise<void> {
    const invocations = await invocationsOf(developer);
    const desk = await deskOf(developer);
    const spent = sum(invocations.map(({ price }) => micros(price)));
    expect(new Set(invocations.map(({ sid }) => sid)).size).toBe(invocations.length);
    expect([desk.events, micros(desk.spent), micros(desk.balance), desk.pending_events]).toEqual([invocations.length, spent, micros(desk.granted) - spent, 0]);
    expect(await balanceOf(developer)).toBe(micros(desk.balance));

    expect(await select("SELECT transaction_id FROM ledger_entries GROUP BY transaction_id HAVING sum(amount_micros) <> 0 OR count(*) <> 2")).toEqual([]);
    const entries = await select<{ kind: string; micros: number; quantity: number }>(
      "SELECT kind, sum(amount_micros) AS micros, sum(quantity) AS quantity FROM ledger_entries WHERE ledger_account = ?1 GROUP BY kind",
      `credit:${developer.sid}`,
    );
    const booked = new Map(entries.map((entry) => [entry.kind, entry]));
    expect([booked.get("credit")?.micros ?? 0, booked.get("charge")?.micros ?? 0]).toEqual([micros(desk.granted), spent === 0 ? 0 : -spent]);
    expect(booked.get("charge")?.quantity ?? 0).toBe(invocations.filter(({ price }) => micros(price) > 0).length);
    const [checkpoint] = await select<{ events: number; charged_micros: number; granted_micros: number }>("SELECT events, charged_micros, granted_micros FROM desk_checkpoints WHERE desk = ?1 ORDER BY seq DESC LIMIT 1", developer.sid);
    expect(checkpoint).toEqual({ events: invocations.length, charged_micros: spent, granted_micros: micros(desk.granted) });
  }
});
