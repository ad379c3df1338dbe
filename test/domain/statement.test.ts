import { array, assert, constantFrom, integer, property, record } from "fast-check";
import { csvParseRows } from "d3-dsv";
import { describe, expect, test } from "vitest";
import { sha256Hex } from "../../src/domain/bytes.ts";
import { csvLine } from "../../src/domain/csv.ts";
import { addEntry, emptySums, feeEntriesOf, statementOf, type StatedVersion, type StatementDocument, type StatementEntry, type StatementRole } from "../../src/domain/billing/statement.ts";
import { ENTRY_COLUMNS, entryRow, lineRows, statementText } from "../../src/domain/billing/statement-file.ts";
import { differencesOf, entriesSha256 } from "../../src/domain/billing/verify-statement.ts";

type Text = ReturnType<typeof statementText>;

const AT = Date.UTC(2026, 9, 5);
const version = (sid: string, feePercent = "20"): StatedVersion => ({ versionSid: sid, addOnSid: "XB1", uniqueName: `add_on_${sid}`, number: 1, feePercent });
const versions = new Map([version("XC1"), version("XC2", "12.5"), version("XC3", "0")].map((one) => [one.versionSid, one]));
const entry = (change: Partial<StatementEntry>): StatementEntry => ({ transactionId: "AC1/1-2/XC1", kind: "charge", versionSid: "XC1", quantity: 1, amountMicros: 100, createdAtMs: AT, ...change });

async function made(role: StatementRole, entries: readonly StatementEntry[]): Promise<{ document: StatementDocument; file: string }> {
  const sums = emptySums();
  for (const one of entries) addEntry(sums, role, one);
  const file = csvLine(ENTRY_COLUMNS) + entries.map((one) => csvLine(entryRow(one.transactionId, one))).join("");
  const invocations = role === "developer" ? { firstSeq: 1, lastSeq: 9, count: 4 } : null;
  return { file, document: statementOf({ accountSid: "ACp", role, month: "2026-10", invocations, sums, sha256: await entriesSha256(file), versions, openingMicros: role === "developer" ? 500 : 0 }) };
}
const verified = async (json: unknown, file: string): Promise<string[]> => differencesOf(json, { sha256: await entriesSha256(file), rows: csvParseRows(file) });
function changeLine(lines: Text["lines"], index: number, change: Partial<Text["lines"][number]>): void {
  const line = lines[index];
  if (line !== undefined) lines[index] = { ...line, ...change };
}
const copyOf = <T>(value: T): T => structuredClone(value);

/** Six decimals, by other means than the source's. */
const statementAmount = (micros: number): string => `${micros < 0 ? "-" : ""}${(BigInt(Math.abs(micros)) / 1_000_000n).toString()}.${(BigInt(Math.abs(micros)) % 1_000_000n).toString().padStart(6, "0")}`;

describe("a publisher's statement", () => {
  const entries = [
    entry({ quantity: 3, amountMicros: 300 }),
    entry({ transactionId: "AC2/1-9/XC2", versionSid: "XC2", quantity: 2, amountMicros: 4 }),
    entry({ transactionId: "AC1/3-4/XC1", amountMicros: 103 }),
    entry({ transactionId: "AC2/1-9/XC2/reversal", kind: "reversal", versionSid: "XC2", quantity: -1, amountMicros: -2 }),
    entry({ transactionId: "AC3/1-1/XC3", versionSid: "XC3", quantity: 1, amountMicros: 7 }),
  ];

  test("has a line for each version, its fee rounded once, and their sum", async () => {
    const { document } = await made("publisher", entries);
    expect(document.lines.map(({ versionSid, quantity, amountMicros, feeMicros }) => [versionSid, quantity, amountMicros, feeMicros])).toEqual([
      // 20 % of 403 are 80.6; 12.5 % of 2 are 0.25.
      ["XC1", 4, 403, 81],
      ["XC2", 1, 2, 0],
      ["XC3", 1, 7, 0],
    ]);
    expect(document).toMatchObject({ quantity: 6, amountMicros: 412, feeMicros: 81, netMicros: 331, credit: null, invocations: null, entries: { count: 5 } });
  });

  test("moves its fees from the payable to the marketplace, one transaction for each line that has one", async () => {
    const { document } = await made("publisher", entries);
    expect(feeEntriesOf(document, "ST1", 9).map(({ transactionId, ledgerAccount, amountMicros, kind, cause }) => [transactionId, ledgerAccount, amountMicros, kind, cause])).toEqual([
      ["ST1/XC1", "payable:ACp", -81, "fee", "ST1"],
      ["ST1/XC1", "marketplace", 81, "fee", "ST1"],
    ]);
  });

  test("has the versions of an add-on in their order", async () => {
    const sums = emptySums();
    for (const versionSid of ["XC2", "XC10", "XC1"]) addEntry(sums, "publisher", entry({ versionSid }));
    const ofOne = new Map([2, 10, 1].map((number) => [`XC${number}`, { ...version(`XC${number}`), uniqueName: "one", number }]));
    const { lines } = statementOf({ accountSid: "ACp", role: "publisher", month: "2026-10", invocations: null, sums, sha256: "", versions: ofOne, openingMicros: 0 });
    expect(lines.map(({ number }) => number)).toEqual([1, 2, 10]);
  });

  test("is not made with an entry whose version nobody knows", async () => {
    await expect(made("publisher", [entry({ versionSid: "XC9" })])).rejects.toThrow("XC9");
  });

  test("has its lines and their sum as CSV", async () => {
    const { document } = await made("publisher", entries);
    expect(lineRows(statementText(document)).at(-1)).toEqual(["total", "", "", "", 6, "0.000412", "", "0.000081", "0.000331"]);
  });
});

describe("a developer's statement", () => {
  test("leads from the credit before to the credit after", async () => {
    const { document } = await made("developer", [
      entry({ transactionId: "CR1", kind: "credit", versionSid: null, amountMicros: 1_000 }),
      entry({ quantity: 2, amountMicros: -200 }),
      entry({ transactionId: "CR1/reversal", kind: "reversal", versionSid: null, quantity: -1, amountMicros: -40 }),
      entry({ transactionId: "AC1/1-2/XC1/reversal", kind: "reversal", quantity: -1, amountMicros: 50 }),
    ]);
    expect(document).toMatchObject({ quantity: 1, amountMicros: 150, feeMicros: 0, netMicros: 150, credit: { openingMicros: 500, addedMicros: 960, closingMicros: 1_310 } });
  });
});

const numberedRows = (count: number): string[] => Array.from({ length: count }, (_, number) => `row ${number}\r\n`);

describe("the hash of an entries file", () => {
  test("is that of its header, and then of each 5,000 rows with the hash before them", async () => {
    const header = await sha256Hex("header\r\n");
    const first = await sha256Hex(header + numberedRows(5_000).join(""));
    expect(await entriesSha256("header\r\n")).toBe(header);
    expect(await entriesSha256(`header\r\n${numberedRows(5_000).join("")}`)).toBe(first);
    expect(await entriesSha256(`header\r\n${numberedRows(5_001).join("")}`)).toBe(await sha256Hex(`${first}row 5000\r\n`));
  });

  test("is another when a row is changed, moved, missing or twice there", async () => {
    const list = numberedRows(10_010);
    const whole = await entriesSha256(`header\r\n${list.join("")}`);
    const others = [list.with(7, "row 8\r\n"), list.with(7, list[8] ?? "").with(8, list[7] ?? ""), list.slice(1), [...list, ...list.slice(-1)], list.with(10_009, "row 1000\r\n")];
    for (const other of others) expect(await entriesSha256(`header\r\n${other.join("")}`)).not.toBe(whole);
  });
});

describe("verifying a statement", () => {
  const versionSids = constantFrom("XC1", "XC2", "XC3", null);
  const randomEntries = array(record({ versionSid: versionSids, quantity: integer({ min: -3, max: 9 }), amountMicros: integer({ min: -1_000_000, max: 1_000_000_000 }) }), { maxLength: 30 });
  const numbered = (list: readonly Pick<StatementEntry, "versionSid" | "quantity" | "amountMicros">[]) => list.map((one, index) => entry({ ...one, transactionId: `AC1/${index}` }));

  test("finds every statement equal to its entries", async () => {
    assert(
      property(randomEntries, constantFrom<StatementRole>("developer", "publisher"), (list, role) => {
        const sums = emptySums();
        for (const one of numbered(list)) addEntry(sums, role, one);
        const document = statementOf({ accountSid: "ACp", role, month: "2026-10", invocations: null, sums, sha256: "00", versions, openingMicros: 0 });
        const rows = numbered(list).map((one) => ["t", "charge", one.versionSid ?? "", String(one.quantity), statementAmount(one.amountMicros), ""]);
        expect(differencesOf(statementText(document), { sha256: "00", rows: [ENTRY_COLUMNS, ...rows] })).toEqual([]);
      }),
    );
  });
  const entries = [entry({ quantity: 3, amountMicros: 300 }), entry({ transactionId: "AC2/1-9/XC2", versionSid: "XC2", quantity: 2, amountMicros: 40 })];

  test.each<[string, (text: Text) => void, RegExp]>([
    ["an amount", ({ lines }) => changeLine(lines, 0, { amount: "0.000299" }), /^XC1: amount is 0.000299 in the statement, and 0.000300 by the entries$/],
    ["a quantity", ({ lines }) => changeLine(lines, 1, { quantity: 3 }), /^XC2: quantity is 3/],
    ["a fee", ({ lines }) => changeLine(lines, 1, { fee: "0.000006" }), /^XC2: fee is 0.000006 in the statement, and 0.000005/],
    ["the first day", (text) => void (text.start_date = "2026-10-02"), /^start_date is 2026-10-02 in the statement, and 2026-10-01/],
    ["the last day", (text) => void (text.end_date = "2026-10-30"), /^end_date is 2026-10-30 in the statement, and 2026-10-31/],
    ["the month", (text) => void (text.month = "2026-09"), /^end_date is 2026-10-31 in the statement, and 2026-09-30/],
    ["no month", (text) => void (text.month = "2026-13"), /^the statement's month: /],
    ["a credit that only developers have", (text) => void (text.credit = { opening: "0.000000", added: "0.000000", closing: "-0.000340" }), /^credit is present/],
    ["a fee without its percentage", ({ lines }) => changeLine(lines, 0, { fee_percent: null }), /^XC1: fee_percent is absent/],
    ["a line's net", ({ lines }) => changeLine(lines, 0, { net: "0.000241" }), /^XC1: net is 0.000241 in the statement, and 0.000240/],
    ["the sum of the fees", (text) => void (text.fee = "0.000064"), /^fee is 0.000064 in the statement, and 0.000065/],
    ["the sum of the quantities", (text) => void (text.quantity = 6), /^quantity is 6 in the statement, and 5/],
    ["the sum of the amounts", (text) => void (text.amount = "0.000341"), /^amount is 0.000341 in the statement, and 0.000340/],
    ["a line too many", ({ lines }) => void lines.push({ ...lines[0], add_on_version_sid: "XC7" } as Text["lines"][number]), /^the number of lines is 3 in the statement, and 2/],
    ["the number of entries", (text) => void (text.entries = { ...text.entries, count: 3 }), /^entries.count is 3 in the statement, and 2/],
    ["the total", (text) => void (text.net = "0.000276"), /^net is 0.000276/],
    ["a line that is missing", (text) => void text.lines.pop(), /^the line of XC2 is absent/],
    ["an amount that is none", (text) => void (text.amount = "NaN"), /^the statement's amount: /],
    ["the hash", (text) => void (text.entries = { ...text.entries, sha256: "00" }), /^entries.sha256 is 00/],
  ])("says where: %s", async (_what, tamper, place) => {
    const { document, file } = await made("publisher", entries);
    const text = copyOf(statementText(document));
    expect(await verified(text, file)).toEqual([]);
    tamper(text);
    expect(await verified(text, file)).toContainEqual(expect.stringMatching(place));
  });

  test.each<[string, Partial<Text["credit"] & object>, RegExp]>([
    ["what was added", { added: "0.001001" }, /^credit.added is 0.001001 in the statement, and 0.001000/],
    ["the credit after", { closing: "0.001399" }, /^credit.closing is 0.001399 in the statement, and 0.001400/],
    ["the credit before", { opening: "0.000501" }, /^credit.closing is 0.001400 in the statement, and 0.001401/],
  ])("says where in a developer's: %s", async (_what, change, place) => {
    const { document, file } = await made("developer", [entry({ transactionId: "CR1", kind: "credit", versionSid: null, amountMicros: 1_000 }), entry({ amountMicros: -100 })]);
    const text = statementText(document);
    expect(await verified(text, file)).toEqual([]);
    expect(await verified({ ...text, credit: { ...text.credit, ...change } }, file)).toEqual([expect.stringMatching(place)]);
  });

  test("says that the entries are others, and what that changes", async () => {
    const { document, file } = await made("publisher", entries);
    const changed = file.replace("0.000300", "0.000301");
    const found = await verified(statementText(document), changed);
    expect(found).toContainEqual(expect.stringMatching(/^entries.sha256 is/));
    expect(found).toContainEqual(expect.stringMatching(/^XC1: amount is 0.000300 in the statement, and 0.000301/));
    expect(await verified(statementText(document), file.replace("0.000300", "1e3"))).toContainEqual("row 2 of the entries is malformed");
    expect(await verified(statementText(document), "a,b\r\n")).toEqual([expect.stringMatching(/first row must be/)]);
  });
});
