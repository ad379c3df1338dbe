import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import { definition, publish } from "../support/add-ons.ts";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher } from "../support/loopback-publisher.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

const INSTALLS = 120;

/** A page as the client has it. */
type Page = { instances: { sid: string }[]; nextPage(): Promise<Page> | undefined; previousPage(): Promise<Page> | undefined };

const sidsOf = (page: Page): string[] => page.instances.map(({ sid }) => sid);

describe("paging, with the official client", () => {
  let gateway: TestGateway;
  let developer: Login;
  let client: Twilio;
  let addOnSid: string;

  beforeAll(async () => {
    gateway = await startGateway();
    const [publisher, owner] = [await startPublisher(), await gateway.account("Publisher")];
    developer = await gateway.account("Developer");
    client = twilioClient(gateway, developer);
    addOnSid = await publish(gateway, owner, definition(publisher, "/", { extensions: ["lookup"] }));
    await publisher.stop();
    await Promise.all(Array.from({ length: INSTALLS }, (_item, index) => install(`install_${index}`)));
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await gateway.stop();
  });

  const installed = () => client.marketplace.v1.installedAddOns;
  const install = (uniqueName: string) => installed().create({ availableAddOnSid: addOnSid, acceptTermsOfService: true, uniqueName });

  /** All pages from the first to the last, and then back to the first. */
  async function thereAndBack(pageSize: number): Promise<{ there: string[][]; back: string[][] }> {
    const [there, back]: [string[][], string[][]] = [[], []];
    let page: Page = await installed().page({ pageSize });
    for (let next: Page | undefined = page; next !== undefined; next = await next.nextPage()) {
      page = next;
      there.push(sidsOf(page));
    }
    for (let previous = await page.previousPage(); previous !== undefined; previous = await previous.previousPage()) back.unshift(sidsOf(previous));
    return { there, back };
  }

  it("lists all 120 installs, each once", async () => {
    const listed = await installed().list();
    expect(listed).toHaveLength(INSTALLS);
    expect(new Set(listed.map(({ uniqueName }) => uniqueName))).toEqual(new Set(Array.from({ length: INSTALLS }, (_item, index) => `install_${index}`)));
  });

  it.each([50, 7, 1_000])("lists the same in pages of %d", async (pageSize) => {
    expect((await installed().list({ pageSize })).map(({ sid }) => sid)).toEqual((await installed().list()).map(({ sid }) => sid));
  });

  it("lists no more than a limit", async () => {
    expect(await installed().list({ limit: 70, pageSize: 50 })).toHaveLength(70);
  });

  it("hands them out one by one", async () => {
    const seen: string[] = [];
    await new Promise<void>((done, failed) => installed().each({ pageSize: 50, callback: ({ sid }) => void seen.push(sid), done: (error?: Error) => (error === undefined ? done() : failed(error)) }));
    expect(seen).toEqual((await installed().list()).map(({ sid }) => sid));
  });

  it("goes page by page to the end and back, over the same pages", async () => {
    const { there, back } = await thereAndBack(50);
    expect(there.map(({ length }) => length)).toEqual([50, 50, 20]);
    expect(new Set(there.flat()).size).toBe(INSTALLS);
    expect(back).toEqual(there.slice(0, -1));
  });

  it("has a full last page where the pages come out even, and none after it", async () => {
    const { there, back } = await thereAndBack(40);
    expect(there.map(({ length }) => length)).toEqual([40, 40, 40]);
    expect(back).toEqual(there.slice(0, -1));
  });

  it("neither skips nor repeats what was there while installs come and go", async () => {
    const before = (await installed().list()).map(({ sid }) => sid);
    const first = await installed().page({ pageSize: 60 });
    const added = await install("added_meanwhile");
    await installed()(sidsOf(first)[59] ?? "").remove();
    const second = await first.nextPage();
    expect([...sidsOf(first), ...(second === undefined ? [] : sidsOf(second))].filter((sid) => sid !== added.sid)).toEqual(before);
    await installed()(added.sid).remove();
    await install("removed_meanwhile");
  });

  it("says in meta where the page is: 50 elements by default", async () => {
    const { body } = await gateway.call<{ meta: Record<string, unknown> }>(developer, "GET", "/v1/InstalledAddOns");
    expect(body.meta).toMatchObject({ page: 0, page_size: 50, key: "installed_add_ons", previous_page_url: null, first_page_url: `${gateway.url}/v1/InstalledAddOns?PageSize=50&Page=0` });
    const second = await gateway.call<{ meta: Record<string, unknown> }>(developer, "GET", String(body.meta["next_page_url"]).replace(gateway.url, ""));
    expect(second.body.meta).toMatchObject({ page: 1, page_size: 50, url: body.meta["next_page_url"], first_page_url: body.meta["first_page_url"] });
  });

  it("counts pages off by Page alone, and has nothing beyond the last", async () => {
    const all = (await installed().list()).map(({ sid }) => sid);
    const pages = await Promise.all([0, 1, 2, 3].map((pageNumber) => installed().page({ pageSize: 50, pageNumber })));
    expect(pages.map(sidsOf)).toEqual([all.slice(0, 50), all.slice(50, 100), all.slice(100), []]);
    expect(await pages[3]?.nextPage()).toBeUndefined();
  });

  it.each([
    ["PageSize=1001", 20007],
    ["PageSize=999999999", 20007],
    ["PageSize=0", 20001],
    ["PageSize=-1", 20001],
    ["PageSize=many", 20001],
    ["PageSize=", 20001],
    ["PageToken=", 21481],
    ["PageToken=nonsense", 21481],
    [`PageToken=PA1-AC${"0".repeat(32)}`, 21481],
    [`PageToken=PA1-XE${"g".repeat(32)}`, 21481],
    ["Page=-1", 21481],
    ["Page=two", 21481],
  ])("refuses %s with %d, on every kind of list", async (query, code) => {
    for (const path of ["/v1/InstalledAddOns", "/v1/AvailableAddOns", `/v1/AvailableAddOns/${addOnSid}/Extensions`, "/v1/Publisher/AddOns", "/v1/Invocations", `/2010-04-01/Accounts/${developer.sid}/Keys.json`]) {
      const { status, body } = await gateway.call(developer, "GET", `${path}?${query}`);
      expect([path, status, body["code"]]).toEqual([path, 400, code]);
    }
  });

  it("throws the client's own exception for a page that is too large", async () => {
    expect(await restException(installed().page({ pageSize: 1_001 }))).toMatchObject({ status: 400, code: 20007, moreInfo: `${gateway.url}/docs/errors/20007` });
  });

  it("pages the classic lists by relative URIs, with their filters", async () => {
    const operator = twilioClient(gateway, gateway.operator);
    await Promise.all(Array.from({ length: 5 }, () => gateway.account("Classic & co")));
    const accounts = await operator.api.v2010.accounts.list({ friendlyName: "Classic & co", pageSize: 2 });
    expect(new Set(accounts.map(({ sid }) => sid)).size).toBe(5);

    const pages = [];
    for (let path: string | null = "/2010-04-01/Accounts.json?FriendlyName=Classic+%26+co&PageSize=2"; path !== null; ) {
      const { body }: { body: Record<string, unknown> & { accounts: unknown[]; next_page_uri: string | null } } = await gateway.call(gateway.operator, "GET", path);
      pages.push({ page: body["page"], page_size: body["page_size"], start: body["start"], end: body["end"], count: body.accounts.length });
      path = body.next_page_uri;
    }
    expect(pages).toEqual([
      { page: 0, page_size: 2, start: 0, end: 1, count: 2 },
      { page: 1, page_size: 2, start: 2, end: 3, count: 2 },
      { page: 2, page_size: 2, start: 4, end: 4, count: 1 },
    ]);
  });
});
