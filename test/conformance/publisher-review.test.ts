import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install } from "../support/add-ons.ts";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";

type Version = { sid: string; add_on_sid: string; number: number; status: string; reject_reason: string | null; sunset_date: string | null; friendly_name: string; date_created: string };
type AddOn = { sid: string; version: { sid: string; number: number; status: string } };

describe("the review of add-on versions", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let owner: Login;
  let developer: Login;

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway({ AUTO_APPROVE: "" }), startPublisher()]);
    [owner, developer] = await Promise.all([gateway.account("Publisher"), gateway.account("Developer")]);
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await Promise.all([gateway.stop(), publisher.stop()]);
  });

  /** A new add-on, its first version and the definition that it was made of. */
  async function drafted(change: Record<string, unknown> = {}) {
    const json = definition(publisher, "/", change);
    const created = await gateway.call<AddOn>(owner, "POST", "/v1/Publisher/AddOns", { json });
    expect(created).toMatchObject({ status: 201, body: { version: { number: 1, status: "draft" } } });
    const { sid, version } = created.body;
    return { json, addOnSid: sid, versionSid: version.sid, path: `/v1/Publisher/AddOns/${sid}/Versions/${version.sid}` };
  }

  const soon = new Date(Date.now() + 31 * 86_400_000).toISOString().slice(0, 10);

  type Draft = Awaited<ReturnType<typeof drafted>>;
  const steps = {
    replace: ({ path, json }: Draft) => gateway.call<Version>(owner, "POST", path, { json: { ...json, friendly_name: "Replaced" } }),
    submit: ({ path }: Draft) => gateway.call<Version>(owner, "POST", `${path}/Submit`),
    approve: ({ versionSid }: Draft) => gateway.call<Version>(gateway.operator, "POST", `/v1/Operator/AddOnVersions/${versionSid}/Approve`),
    reject: ({ versionSid }: Draft) => gateway.call<Version>(gateway.operator, "POST", `/v1/Operator/AddOnVersions/${versionSid}/Reject`, { form: { Reason: "No terms" } }),
    retire: ({ path }: Draft) => gateway.call<Version>(owner, "POST", `${path}/Retire`, { form: { SunsetDate: soon } }),
  } satisfies Record<string, (draft: Draft) => Promise<Answer<Version>>>;
  type Step = keyof typeof steps;

  /** How a version gets into each of its states, and what can then be done to it. */
  const WAYS: Record<string, { way: Step[]; open: Partial<Record<Step, string>> }> = {
    draft: { way: [], open: { replace: "draft", submit: "in_review" } },
    in_review: { way: ["submit"], open: { approve: "active", reject: "rejected" } },
    rejected: { way: ["submit", "reject"], open: { replace: "draft", submit: "in_review" } },
    active: { way: ["submit", "approve"], open: { retire: "retired" } },
    retired: { way: ["submit", "approve", "retire"], open: {} },
  };
  const transitions = Object.entries(WAYS).flatMap(([from, { way, open }]) => (Object.keys(steps) as Step[]).map((step) => ({ from, way, step, to: open[step] ?? null })));

  it.each(transitions)("a version that is $from, when asked to $step, is then $to (null: refused)", async ({ from, way, step, to }) => {
    const draft = await drafted();
    for (const earlier of way) expect((await steps[earlier](draft)).status).toBe(200);
    const answer = await steps[step](draft);
    const now = (await gateway.call<Version>(owner, "GET", draft.path)).body;
    if (to === null) {
      expect(answer).toMatchObject({ status: 409, body: { code: 20409, message: expect.stringContaining(draft.versionSid) } });
      expect(now.status).toBe(from);
    } else {
      expect(answer).toMatchObject({ status: 200, body: { status: to } });
      expect(now).toEqual(answer.body);
    }
  });

  const isInCatalogue = async (addOnSid: string): Promise<boolean> => (await gateway.call(developer, "GET", `/v1/AvailableAddOns/${addOnSid}`)).status === 200;
  const installing = (addOnSid: string) => gateway.call(developer, "POST", "/v1/InstalledAddOns", { form: { AvailableAddOnSid: addOnSid, AcceptTermsOfService: "true" } });

  it("goes from a draft over a rejection to the catalogue", async () => {
    const draft = await drafted({ friendly_name: "Reviewed" });
    expect((await steps.submit(draft)).body).toMatchObject({ status: "in_review", reject_reason: null });
    expect([await isInCatalogue(draft.addOnSid), (await installing(draft.addOnSid)).status]).toEqual([false, 404]);

    expect((await steps.reject(draft)).body).toMatchObject({ status: "rejected", reject_reason: "No terms" });
    expect((await gateway.call<Version>(owner, "GET", draft.path)).body).toMatchObject({ status: "rejected", reject_reason: "No terms" });
    expect((await gateway.call<AddOn>(owner, "GET", `/v1/Publisher/AddOns/${draft.addOnSid}`)).body.version).toEqual({ sid: draft.versionSid, number: 1, status: "rejected" });

    expect((await steps.replace(draft)).body).toMatchObject({ sid: draft.versionSid, number: 1, status: "draft", reject_reason: null, friendly_name: "Replaced" });
    expect((await steps.submit(draft)).body.status).toBe("in_review");
    expect((await steps.approve(draft)).body).toMatchObject({ status: "active", reject_reason: null });
    expect(await isInCatalogue(draft.addOnSid)).toBe(true);
    expect((await gateway.call(developer, "GET", `/v1/AvailableAddOns/${draft.addOnSid}`)).body).toMatchObject({ friendly_name: "Replaced" });
    expect(await install(gateway, developer, draft.addOnSid)).toMatch(/^XE/);
  });

  it("leaves the catalogue as it is while a newer version waits", async () => {
    const draft = await drafted({ friendly_name: "First" });
    await steps.submit(draft);
    await steps.approve(draft);
    const versions = `/v1/Publisher/AddOns/${draft.addOnSid}/Versions`;
    const second = await gateway.call<Version>(owner, "POST", versions, { json: { ...draft.json, friendly_name: "Second" } });
    expect(second).toMatchObject({ status: 201, body: { number: 2, status: "draft", add_on_sid: draft.addOnSid } });
    const newest = { ...draft, versionSid: second.body.sid, path: `${versions}/${second.body.sid}` };
    const shown = async () => (await gateway.call(developer, "GET", `/v1/AvailableAddOns/${draft.addOnSid}`)).body["friendly_name"];
    expect(await shown()).toBe("First");
    await steps.submit(newest);
    expect(await shown()).toBe("First");
    await steps.approve(newest);
    expect(await shown()).toBe("Second");
    expect((await gateway.call<Version>(owner, "GET", draft.path)).body.status).toBe("active");
  });

  it("is the operator's alone", async () => {
    const draft = await drafted();
    await steps.submit(draft);
    for (const login of [owner, developer]) {
      for (const [decision, form] of [["Approve", {}], ["Reject", { Reason: "x" }]] as const) {
        expect((await gateway.call(login, "POST", `/v1/Operator/AddOnVersions/${draft.versionSid}/${decision}`, { form })).body).toMatchObject({ status: 403, code: 20403 });
      }
    }
    expect((await gateway.call<Version>(owner, "GET", draft.path)).body.status).toBe("in_review");
  });

  it.each([["no reason", {}], ["an empty one", { Reason: "" }], ["one that is too long", { Reason: "x".repeat(1_025) }]])("rejects for a reason: not with %s", async (_what, form: Record<string, string>) => {
    const draft = await drafted();
    await steps.submit(draft);
    const answer = await gateway.call(gateway.operator, "POST", `/v1/Operator/AddOnVersions/${draft.versionSid}/Reject`, { form });
    expect(answer.body).toMatchObject({ status: 400, code: 20001, message: expect.stringContaining("Reason") });
  });

  it("decides once when the operator approves and rejects at the same time", async () => {
    const draft = await drafted();
    await steps.submit(draft);
    const answers = await Promise.all([steps.approve(draft), steps.reject(draft), steps.approve(draft)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2);
    const decided = answers.find(({ status }) => status === 200);
    expect((await gateway.call<Version>(owner, "GET", draft.path)).body).toEqual(decided?.body);
  });

  it.each([["", null], ["0", "0"], ["12.5", "12.5"], ["100", "100"]])("lets the operator set the fee of an add-on to %j", async (percent, shown) => {
    const { addOnSid } = await drafted();
    const set = (login: Login, value: string) => gateway.call(login, "POST", `/v1/Operator/AddOns/${addOnSid}`, { form: { TransactionFeePercent: value } });
    expect((await set(gateway.operator, percent)).body).toEqual({ sid: addOnSid, account_sid: owner.sid, transaction_fee_percent: shown, url: `${gateway.url}/v1/Operator/AddOns/${addOnSid}` });
    for (const wrong of ["-1", "100.1", "ten", "1e1"]) expect((await set(gateway.operator, wrong)).body).toMatchObject({ status: 400, code: 20001, message: expect.stringContaining("TransactionFeePercent") });
    expect((await set(owner, "0")).body).toMatchObject({ status: 403, code: 20403 });
  });
});
