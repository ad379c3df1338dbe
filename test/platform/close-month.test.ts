import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LEDGER_ACCOUNTS } from "../../src/domain/billing/ledger.ts";
import { endOfMonthMs, monthOf } from "../../src/domain/billing/month.ts";
import type { StatementDocument } from "../../src/domain/billing/statement.ts";
import { statementSid } from "../../src/domain/sid.ts";
import { keepStatement } from "../../src/platform/d1/statements.ts";
import { closeAll, closingRun, monthEnds, openAccounts, publishAddOn, PUBLISHER, richDesk, statementsOf, thisMonth, VERSION } from "./books.ts";
import { entriesSha256 } from "../../src/domain/billing/verify-statement.ts";
import { byId, entriesFile } from "../../src/platform/statement-entries.ts";
import { freshXr, migrated, openDesk, rows } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";

// Months are closed one after another, so each test goes on in the month after the one before it.
beforeAll(async () => {
  await migrated();
  await publishAddOn();
  await openAccounts([PUBLISHER ?? ""]);
});
beforeEach(() => {
  deskWorld.losesFlushReplies = false;
});

const count = async (sql: string, ...values: string[]): Promise<number> => (await rows<{ count: number }>(`SELECT count(*) AS count FROM ${sql}`, ...values))[0]?.count ?? 0;
const documentsOf = async (accountSid: string): Promise<StatementDocument[]> => (await statementsOf(accountSid)).map(({ document }) => JSON.parse(document));

test("a month of more accounts and statements than one run takes is closed by several, and is whole", { timeout: 60_000 }, async () => {
  const month = thisMonth();
  const desks = Array.from({ length: 45 }, openDesk);
  await openAccounts([...desks.map(({ accountSid }) => accountSid), ...Array.from({ length: 160 }, (_, number) => `ACf${number.toString(16).padStart(31, "0")}`)]);
  for (const desk of desks) {
    await desk.grantMicros(100);
    await desk.settleOne(freshXr());
  }
  monthEnds();
  expect(await closeAll()).toBeGreaterThan(2);
  expect(await count("desk_closings WHERE month = ?", month)).toBe(await count("accounts"));
  expect(await count("statements WHERE month = ? AND role = 'developer'", month)).toBe(45);
  expect(await statementsOf(PUBLISHER)).toMatchObject([{ role: "publisher", number: 1, total_micros: 45 * 80 }]);
  expect(await closingRun()).toBe(true);
});

test("a developer's statements lead from one to the next", { timeout: 30_000 }, async () => {
  const desk = await richDesk();
  for (let months = 0; months < 3; months++) {
    await desk.settleOne(freshXr());
    monthEnds();
    await closeAll();
  }
  const documents = await documentsOf(desk.accountSid);
  expect(documents.map(({ credit }) => credit)).toEqual([
    { openingMicros: 0, addedMicros: 10_000, closingMicros: 9_900 },
    { openingMicros: 9_900, addedMicros: 0, closingMicros: 9_800 },
    { openingMicros: 9_800, addedMicros: 0, closingMicros: 9_700 },
  ]);
});

describe("what cannot be done yet", () => {
  test("holds the month up: no statement is made before every desk has handed over what is of it", async () => {
    const [quick, slow] = [await richDesk(), await richDesk()];
    await quick.settleOne(freshXr());
    await quick.flush();
    await slow.settleOne(freshXr());
    const month = thisMonth();
    monthEnds(1_800_000);
    deskWorld.losesFlushReplies = true;
    for (let runs = 0; runs < 3; runs++) expect(await closingRun()).toBe(false);
    expect(await count("statements WHERE month = ?", month)).toBe(0);
    expect(await slow.inspect()).toMatchObject({ flushFailures: 3 });
    const told = () => rows<{ alert_text: string }>("SELECT alert_text FROM alerts WHERE resource_sid = ?", slow.accountSid);
    expect(await told()).toEqual([]);
    deskWorld.aheadMs += 3_600_000;
    for (let runs = 0; runs < 4; runs++) await closingRun();
    expect(await told()).toEqual([{ alert_text: `The statements of ${month} wait for the desk ${slow.accountSid}, which has not handed over what is of that month.` }]);
    deskWorld.losesFlushReplies = false;
    await closeAll();
    expect(await documentsOf(slow.accountSid)).toMatchObject([{ amountMicros: 100 }]);
    expect(await documentsOf(quick.accountSid)).toMatchObject([{ amountMicros: 100 }]);
  });

  test("keeps the month open and lets the other statements be made: one with a version that nobody knows", async () => {
    const [sound, odd] = [await richDesk(), await richDesk()];
    await sound.settleOne(freshXr());
    await odd.settleOne(freshXr(), { version_sid: "XCunknown" });
    const month = thisMonth();
    monthEnds();
    for (let runs = 0; runs < 4; runs++) expect(await closingRun()).toBe(false);
    const told = await rows<{ alert_text: string }>("SELECT alert_text FROM alerts WHERE alert_text LIKE ? ORDER BY alert_text", `The statement of ${month} could not be made%`);
    expect(told.map(({ alert_text }) => alert_text)).toEqual([
      `The statement of ${month} could not be made for the developer ${odd.accountSid}; the month stays open.`,
      `The statement of ${month} could not be made for the publisher ${PUBLISHER}; the month stays open.`,
    ]);
    expect(await documentsOf(sound.accountSid)).toHaveLength(1);
    expect(await documentsOf(odd.accountSid)).toEqual([]);
    expect(await rows("SELECT closed_at FROM closed_months WHERE month = ?", month)).toEqual([{ closed_at: null }]);
    await env.DB.prepare("INSERT INTO add_on_versions (sid, add_on_sid, number, status, definition, created_at, updated_at) SELECT 'XCunknown', add_on_sid, 2, 'active', '{}', 0, 0 FROM add_on_versions LIMIT 1").run();
    await closeAll();
    expect(await documentsOf(odd.accountSid)).toMatchObject([{ lines: [{ versionSid: "XCunknown", number: 2 }] }]);
    const lines = (await documentsOf(PUBLISHER ?? "")).at(-1)?.lines.map(({ number }) => number);
    expect(lines).toEqual([1, 2]);
  });
});

test("a statement that two runs make is the first one's, also when the add-on's fee has changed between them", async () => {
  const desk = await richDesk();
  await desk.settleOne(freshXr());
  const month = thisMonth();
  monthEnds();
  await closeAll("20");
  const document = (await documentsOf(PUBLISHER ?? "")).at(-1);
  if (document === undefined) throw new Error("no statement");
  const sid = await statementSid("publisher", PUBLISHER ?? "", month);
  const fees = () => rows<{ transaction_id: string; amount_micros: number; quantity: number }>("SELECT transaction_id, amount_micros, quantity FROM ledger_entries WHERE cause = ? AND ledger_account = 'marketplace'", sid);
  const before = [await statementsOf(PUBLISHER), await fees()];
  expect(await fees()).toMatchObject([{ amount_micros: 20, quantity: 1 }]);
  const dearer = { ...document, lines: [...document.lines, ...document.lines.map((line) => ({ ...line, versionSid: "XCother", feeMicros: 77 }))], netMicros: 1 };
  await keepStatement(env.DB, sid, dearer, 1);
  expect([await statementsOf(PUBLISHER), await fees()]).toEqual(before);
});

test("a month of more entries than one run sums is summed by several, and its file has the hash that it says", { timeout: 90_000 }, async () => {
  const desk = await richDesk();
  await desk.settleOne(freshXr());
  await desk.flush();
  // All of one instant, so that each part ends among equal times.
  const sql = `WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 199999)
    INSERT INTO ledger_entries (transaction_id, ledger_account, amount_micros, kind, cause, version_sid, quantity, month, desk, desk_seq, created_at)
    SELECT 'T' || n, ?1, -2, 'charge', 'T' || n, ?2, 1, ?3, ?4, 1, 5 FROM numbers`;
  await env.DB.prepare(sql).bind(LEDGER_ACCOUNTS.credit(desk.accountSid), VERSION, thisMonth(), desk.accountSid).run();
  const month = thisMonth();
  monthEnds();
  expect(await closeAll()).toBeGreaterThan(1);
  const [document] = await documentsOf(desk.accountSid);
  // The credit, the charge, and those above.
  expect(document).toMatchObject({ quantity: 200_001, amountMicros: 400_100, entries: { count: 200_002 } });
  let file = "";
  for await (const lines of entriesFile(env.DB, "developer", desk.accountSid, month, byId)) file += lines;
  expect(file.split("\r\n")).toHaveLength(200_004);
  expect(await entriesSha256(file)).toBe(document?.entries.sha256);
  expect(await count("statements_under_way")).toBe(0);
});

describe("a desk of the version before", () => {
  test("has months that end where it had handed over to", async () => {
    const desk = await richDesk();
    await desk.settleOne(freshXr());
    await desk.flush();
    await desk.exec("DROP TABLE reversals; DROP TABLE booked_months; DROP TABLE closed_months; UPDATE schema_version SET version = version - 1");
    await desk.evict();
    const month = thisMonth();
    monthEnds();
    expect(await desk.close(month)).toMatchObject({ fromSeq: 1, toSeq: 2, events: 1 });
  });
});

describe("a desk whose clock goes back", () => {
  test("books on where it was, also when it has been evicted meanwhile", async () => {
    const desk = await richDesk();
    const month = thisMonth();
    monthEnds();
    await desk.settleOne(freshXr());
    await desk.flush();
    deskWorld.aheadMs += endOfMonthMs(month) - 5_000 - (Date.now() + deskWorld.aheadMs);
    for (const isEvicted of [false, true]) {
      if (isEvicted) await desk.evict();
      await desk.settleOne(freshXr());
      await desk.flush();
    }
    const months = await rows<{ month: string }>("SELECT month FROM ledger_entries WHERE kind = 'charge' AND ledger_account = ? ORDER BY desk_seq", `credit:${desk.accountSid}`);
    expect(months.map((row) => row.month)).toEqual(Array.from({ length: 3 }, () => monthOf(endOfMonthMs(month))));
  });

  test("has closed a month for good, though something was committed in it after that and D1 does not take it", async () => {
    const desk = await richDesk();
    const month = thisMonth();
    monthEnds();
    const closing = await desk.close(month);
    deskWorld.aheadMs -= 2 * 3_600_000;
    await desk.settleOne(freshXr());
    deskWorld.losesFlushReplies = true;
    expect(await desk.close(month)).toEqual(closing);
  });
});
