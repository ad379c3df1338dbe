import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertInstance } from "twilio/lib/rest/monitor/v1/alert.js";
import { until, type Login } from "../support/gateway.ts";
import { answering, type Respond } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace, type Offer } from "../support/marketplace.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

const SECRET = "a-secret-credential";
const ANSWER = "a-raw-answer";
const down: Respond = answering({ error: ANSWER }, 500);

/** A 503, then an answer. */
function recovering(): Respond {
  let calls = 0;
  return (request, response, socket) => answering({ ok: true }, (calls += 1) === 1 ? 503 : 200)(request, response, socket);
}

type Case = { what: string; respond: Respond; change?: Record<string, unknown>; developer: string[]; publisher: string[] };

const CASES: Case[] = [
  { what: "a 4xx", respond: answering({ error: ANSWER }, 403), developer: ["61005 error"], publisher: ["61005 error"] },
  { what: "a 5xx", respond: down, developer: ["61002 error"], publisher: ["61002 error"] },
  { what: "a 5xx that a retry made good", respond: recovering(), developer: ["61002 warning"], publisher: ["61002 warning"] },
  { what: "what is no JSON", respond: (_request, response) => void response.writeHead(200).end(ANSWER), developer: ["61002 error"], publisher: ["61002 error"] },
  { what: "what its schema refuses", respond: answering({ error: ANSWER }), change: { response_schema: { required: ["more"] } }, developer: ["61004 warning"], publisher: ["61004 warning"] },
  { what: "another media type", respond: answering({ ok: true }, 200, { "Content-Type": "text/plain" }), developer: [], publisher: ["12300 warning"] },
  { what: "nothing, since its request schema refused", respond: down, change: { request_schema: { required: ["more"] } }, developer: ["61003 error"], publisher: [] },
];

const aboutOffer = (alerts: AlertInstance[], { addOnSid }: Offer): AlertInstance[] => alerts.filter(({ serviceSid }) => serviceSid === addOnSid);
const inShort = ({ errorCode, logLevel }: AlertInstance): string => `${errorCode} ${logLevel}`;

describe("alerts, read by the official client", () => {
  let market: Marketplace;
  let stranger: Login;

  beforeAll(async () => {
    market = await startMarketplace();
    stranger = await market.gateway.account("Stranger");
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  const alertsOf = (login: Login, filter = {}): Promise<AlertInstance[]> => twilioClient(market.gateway, login).monitor.v1.alerts.list(filter);

  const failingOffer = ({ respond, change }: Pick<Case, "respond" | "change">): Promise<Offer> =>
    market.offer(respond, { ...change, request: { query: { key: SECRET }, credentials: { type: "basic", username: "user", password: SECRET } } });

  it.each(CASES)("tell both sides what is theirs to know of $what [responses-4xx-5xx-logged]", async ({ respond, change, developer, publisher }) => {
    const offer = await failingOffer({ respond, ...(change && { change }) });
    const { request_sid } = await market.run(offer);

    // The developer reads what it just did; the publisher what was handed over by then.
    const toDeveloper = aboutOffer(await alertsOf(market.developer), offer);
    const toPublisher = aboutOffer(await alertsOf(market.owner), offer);
    expect([toDeveloper.map(inShort), toPublisher.map(inShort)]).toEqual([developer, publisher]);
    for (const alert of [...toDeveloper, ...toPublisher]) {
      expect(alert).toMatchObject({ resourceSid: request_sid, moreInfo: `${market.gateway.url}/docs/errors/${alert.errorCode}`, sid: expect.stringMatching(/^NO[0-9a-f]{32}$/) });
      expect(alert.alertText).toMatch(/^[A-Z].{20,}\.$/s);
      expect(Math.abs(alert.dateGenerated.getTime() - Date.now())).toBeLessThan(60_000);
    }
    for (const alert of toDeveloper) expect(alert).toMatchObject({ accountSid: market.developer.sid, requestUrl: null, requestMethod: null });
    for (const alert of toPublisher) expect(alert).toMatchObject({ accountSid: market.owner.sid, requestUrl: market.publisher.origin + offer.path, requestMethod: "POST" });
    expect(await alertsOf(stranger)).toEqual([]);
  });

  it("hold no number, no credential, no query, no answer, and for the publisher nothing of who called", async () => {
    const offer = await failingOffer({ respond: down, change: { runtime_fields: { reason: { required: false } } } });
    await market.run(offer, { [`AddOns.${offer.name}.reason`]: "runtime-data" });
    const [developer, publisher] = [JSON.stringify(await alertsOf(market.developer)), JSON.stringify(await alertsOf(market.owner))];
    for (const text of [developer, publisher]) expect(text).not.toMatch(new RegExp(`8778894546|4546|${SECRET}|${ANSWER}|runtime-data|\\?v=|key=`));
    expect(developer).not.toContain(market.publisher.origin);
    expect(publisher).not.toContain(market.developer.sid);
    expect(publisher).not.toContain("test_add_on_");
  });

  it("are fetched with what the public API has then, which is not kept", async () => {
    const [listed] = await alertsOf(market.developer);
    const fetched = await twilioClient(market.gateway, market.developer).monitor.v1.alerts(listed?.sid ?? "").fetch();
    expect(fetched.toJSON()).toEqual({ ...listed?.toJSON(), requestVariables: null, requestHeaders: null, responseBody: null, responseHeaders: null });
    expect(fetched.apiVersion).toBe("2010-04-01");
    const refusal = await restException(twilioClient(market.gateway, stranger).monitor.v1.alerts(listed?.sid ?? "").fetch());
    expect(refusal).toMatchObject({ status: 404, code: 20404 });
  });

  it("are filtered by level and time, and paged, newest first", async () => {
    const all = await alertsOf(market.owner);
    expect(all.length).toBeGreaterThan(4);
    expect(all.map(({ dateGenerated }) => dateGenerated)).toEqual(all.map(({ dateGenerated }) => dateGenerated).toSorted((one, other) => other.getTime() - one.getTime()));
    const sidsOf = async (filter: object): Promise<string[]> => (await alertsOf(market.owner, filter)).map(({ sid }) => sid);
    for (const level of ["error", "warning"]) expect(await sidsOf({ logLevel: level })).toEqual(all.filter(({ logLevel }) => logLevel === level).map(({ sid }) => sid));
    for (const logLevel of ["notice", "debug"]) expect(await sidsOf({ logLevel })).toEqual([]);
    expect(await sidsOf({ pageSize: 2 })).toEqual(all.map(({ sid }) => sid));

    const [hourAgo, inAnHour] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)];
    expect(await sidsOf({ startDate: hourAgo, endDate: inAnHour })).toHaveLength(all.length);
    expect(await sidsOf({ startDate: inAnHour })).toEqual([]);
    expect(await sidsOf({ endDate: hourAgo })).toEqual([]);
  });

  it("are found by their own dates: the last second and the last day are in a list", async () => {
    const all = await alertsOf(market.developer);
    const [newest, oldest] = [all[0], all.at(-1)];
    if (newest === undefined || oldest === undefined) throw new Error("there are no alerts");
    const sids = all.map(({ sid }) => sid);
    const { dateCreated: last } = newest;
    const { dateCreated: first } = oldest;
    expect((await alertsOf(market.developer, { startDate: first, endDate: last })).map(({ sid }) => sid)).toEqual(sids);
    const before = await alertsOf(market.developer, { endDate: new Date(last.getTime() - 1_000) });
    expect(before.map(({ sid }) => sid)).toEqual(all.filter(({ dateCreated }) => dateCreated < last).map(({ sid }) => sid));

    const count = async (path: string, list: string): Promise<number> => {
      const { body } = await market.gateway.call<Record<string, unknown[]>>(market.developer, "GET", `${path}&PageSize=1000`);
      return body[list]?.length ?? 0;
    };
    const [from, to] = [first, last].map((date) => date.toISOString().slice(0, 10));
    expect(await count(`/v1/Alerts?StartDate=${from}&EndDate=${to}`, "alerts")).toBe(sids.length);
    expect(await count(`/v1/Invocations?StartDate=${from}&EndDate=${to}`, "invocations")).toBe(await count("/v1/Invocations?", "invocations"));
    const { body } = await market.gateway.call<{ invocations: { date_started: string }[] }>(market.developer, "GET", "/v1/Invocations?PageSize=1");
    const started = body.invocations[0]?.date_started ?? "";
    expect(await count(`/v1/Invocations?StartDate=${started}&EndDate=${started}`, "invocations")).toBeGreaterThan(0);
  });

  it.each(["LogLevel=fatal", "StartDate=yesterday", "EndDate=2026-02-30"])("are not filtered by what cannot be: %s", async (query) => {
    const { status, body } = await market.gateway.call(market.developer, "GET", `/v1/Alerts?${query}`);
    expect([status, body["code"], body["message"]]).toEqual([400, 20001, expect.stringContaining(query.slice(0, query.indexOf("=")))]);
  });

  // More than the desk tells of in the flushes that there may be meanwhile, also on a slow machine.
  const FLOOD = 200;

  it("of a flood are few, and say how many more there were", async () => {
    const offer = await failingOffer({ respond: answering({}, 404) });
    await Promise.all(Array.from({ length: FLOOD }, () => market.run(offer)));
    const alerts = aboutOffer(await alertsOf(market.developer), offer);
    // The desk may have flushed in between: each flush has twenty at most, and none is left out of the count.
    const more = alerts.map(({ alertText }) => Number(/There were (\d+) more/.exec(alertText)?.[1] ?? 0));
    expect(alerts.length + more.reduce((sum, count) => sum + count, 0)).toBe(FLOOD);
    expect(alerts.length).toBeLessThan(FLOOD);
  });

  it("tell every account whose install is pinned to a version that it retires, once", async () => {
    const offer = await market.offer(answering({ ok: true }));
    await market.gateway.call(market.developer, "POST", "/v1/InstalledAddOns", { form: { AvailableAddOnSid: offer.addOnSid, AcceptTermsOfService: "true", UniqueName: "the_second" } });
    const { body } = await market.gateway.call<{ version: { sid: string } }>(market.owner, "GET", `/v1/Publisher/AddOns/${offer.addOnSid}`);
    const retire = () => market.gateway.call(market.owner, "POST", `/v1/Publisher/AddOns/${offer.addOnSid}/Versions/${body.version.sid}/Retire`, { form: { SunsetDate: "2099-01-31" } });
    expect([(await retire()).status, (await retire()).status]).toEqual([200, 409]);
    const told = aboutOffer(await alertsOf(market.developer), offer);
    expect(told).toMatchObject([{ errorCode: "61003", logLevel: "warning", resourceSid: body.version.sid, alertText: expect.stringContaining("2099-01-31T00:00:00Z"), requestUrl: null }]);
    for (const login of [market.owner, stranger]) expect(aboutOffer(await alertsOf(login), offer)).toEqual([]);
  });

  it("come to the publisher without its developer's reading them", async () => {
    const offer = await failingOffer({ respond: answering({}, 410) });
    await market.run(offer);
    const alerts = await until("the desk has handed them over", async () => {
      const found = aboutOffer(await alertsOf(market.owner), offer);
      return found.length > 0 && found;
    });
    expect(alerts.map(inShort)).toEqual(["61005 error"]);
  });
});
