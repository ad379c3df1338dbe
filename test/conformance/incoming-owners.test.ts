import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { basic, callTo, codeOf, deliver, messageTo, upstream, type Delivered, type Sender } from "../support/carrier.ts";
import { startDeveloperWebhook, type DeveloperWebhook } from "../support/developer-webhook.ts";
import { startGateway, until, type Login, type TestGateway } from "../support/gateway.ts";
import { addNumber, changeNumber, newPhoneNumber, removeNumber, setUpstreamAuthToken } from "../support/phone-numbers.ts";

const urls = (webhook: DeveloperWebhook): Record<string, string> => ({ SmsUrl: `${webhook.origin}/hook`, VoiceUrl: `${webhook.origin}/hook` });

/** As deployed: nothing is verified by itself. */
describe("who owns a number", () => {
  let gateway: TestGateway;
  let squatter: Login;
  let victim: Login;
  let squatters: DeveloperWebhook;
  let victims: DeveloperWebhook;
  let fromSwitch: Sender;

  beforeAll(async () => {
    gateway = await startGateway({ AUTO_APPROVE: "" });
    [squatter, victim] = [await gateway.account("Squatter", "1"), await gateway.account("Victim", "1")];
    [squatters, victims] = await Promise.all([startDeveloperWebhook(squatter.secret), startDeveloperWebhook(victim.secret)]);
    await setUpstreamAuthToken(gateway, squatter, "5".repeat(32));
    await setUpstreamAuthToken(gateway, victim, "6".repeat(32));
    fromSwitch = basic(gateway.operator);
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), squatters.stop(), victims.stop()]);
    expect([...squatters.violations, ...victims.violations]).toEqual([]);
  });

  const both = (sender: Sender, to: string): Promise<Delivered[]> =>
    Promise.all([deliver(gateway, "/v1/IncomingMessages", sender, messageTo(to)), deliver(gateway, "/v1/IncomingCalls", sender, callTo(to))]);
  const statuses = async (sender: Sender, to: string): Promise<number[]> => (await both(sender, to)).map(({ status }) => status);

  it("is not whoever registers it first: the operator's messages and calls for it do not reach them", async () => {
    const phoneNumber = newPhoneNumber();
    await addNumber(gateway, squatter, squatter.sid, { PhoneNumber: phoneNumber, ...urls(squatters) });
    const before = squatters.requests.length;
    for (const answer of await both(fromSwitch, phoneNumber)) expect([answer.status, codeOf(answer)]).toEqual([404, 20404]);
    expect(squatters.requests.length).toBe(before);
  });

  it("is not whoever says that it is verified", async () => {
    const number = await addNumber(gateway, squatter, squatter.sid, urls(squatters));
    const path = `/2010-04-01/Accounts/${squatter.sid}/IncomingPhoneNumbers`;
    for (const [target, form] of [
      [`${path}/${number.sid}.json`, { Verified: "true" }],
      [`${path}.json`, { PhoneNumber: newPhoneNumber(), Verified: "true" }],
    ] as const) {
      const { status } = await gateway.call(squatter, "POST", target, { form });
      // Refused, or a parameter that says nothing: what counts is that nothing comes of it.
      expect([201, 200, 400, 403]).toContain(status);
      expect(await statuses(fromSwitch, "PhoneNumber" in form ? form.PhoneNumber : number.phoneNumber)).toEqual([404, 404]);
    }
    expect(squatters.requests).toEqual([]);
  });

  it("is whom the number's own carrier signs for: an unverified number serves its account's signatures and no other", async () => {
    const number = await addNumber(gateway, squatter, squatter.sid, urls(squatters));
    const before = squatters.requests.length;
    expect(await statuses(upstream("6".repeat(32)), number.phoneNumber), "the victim's carrier").toEqual([403, 403]);
    expect(squatters.requests.length).toBe(before);
    expect(await statuses(upstream("5".repeat(32)), number.phoneNumber)).toEqual([200, 200]);
    expect(squatters.requests.length).toBe(before + 2);
  });

  it("is whom the operator has verified: from then on its switch delivers too", async () => {
    const number = await addNumber(gateway, victim, victim.sid, urls(victims));
    expect(await statuses(fromSwitch, number.phoneNumber)).toEqual([404, 404]);
    await changeNumber(gateway, gateway.operator, victim.sid, number, { Verified: "true" });
    expect(await statuses(fromSwitch, number.phoneNumber)).toEqual([200, 200]);
    expect(await statuses(upstream("6".repeat(32)), number.phoneNumber)).toEqual([200, 200]);
    // What the operator vouched for it can take back.
    await changeNumber(gateway, gateway.operator, victim.sid, number, { Verified: "false" });
    await until("the switch no longer delivers", async () => (await statuses(fromSwitch, number.phoneNumber)).every((status) => status === 404), 10_000);
    expect(await statuses(upstream("6".repeat(32)), number.phoneNumber)).toEqual([200, 200]);
  });

  it("keeps its verification through its owner's changes of URLs", async () => {
    const number = await addNumber(gateway, gateway.operator, victim.sid, urls(victims));
    await changeNumber(gateway, victim, victim.sid, number, { SmsUrl: `${victims.origin}/moved` });
    expect(await statuses(fromSwitch, number.phoneNumber)).toEqual([200, 200]);
    expect(victims.requestsTo("/moved")).toHaveLength(1);
  });

  it("is whom the operator gave it to: such a number serves the switch and its account's carrier", async () => {
    const number = await addNumber(gateway, gateway.operator, victim.sid, urls(victims));
    expect(await statuses(fromSwitch, number.phoneNumber)).toEqual([200, 200]);
    expect(await statuses(upstream("6".repeat(32)), number.phoneNumber)).toEqual([200, 200]);
    expect(await statuses(upstream("5".repeat(32)), number.phoneNumber)).toEqual([403, 403]);
    expect(squatters.requests.some(({ rawBody }) => rawBody.includes(encodeURIComponent(number.phoneNumber)))).toBe(false);
  });

  it("is one account: a number that there is cannot be registered again, by nobody", async () => {
    const { phoneNumber } = await addNumber(gateway, gateway.operator, victim.sid, urls(victims));
    for (const [by, accountSid] of [[squatter, squatter.sid], [victim, victim.sid], [gateway.operator, squatter.sid]] as const) {
      const again = await gateway.call(by, "POST", `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers.json`, { form: { PhoneNumber: phoneNumber } });
      expect(again).toMatchObject({ status: 409, body: { code: 20409 } });
    }
  });

  it("cannot be changed, read or removed by another account", async () => {
    const number = await addNumber(gateway, gateway.operator, victim.sid, urls(victims));
    for (const accountSid of [victim.sid, squatter.sid]) {
      const path = `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers/${number.sid}`;
      for (const [method, target] of [["GET", `${path}.json`], ["POST", `${path}.json`], ["DELETE", `${path}.json`], ["GET", `${path}/AssignedAddOns.json`]] as const) {
        const body = method === "POST" ? { form: { SmsUrl: `${squatters.origin}/hook` } } : undefined;
        expect((await gateway.call(squatter, method, target, body)).status, `${method} ${target}`).toBe(404);
      }
    }
    expect(await statuses(fromSwitch, number.phoneNumber)).toEqual([200, 200]);
  });

  it("passes to another account by being removed and added again: nothing more reaches the first", async () => {
    const phoneNumber = newPhoneNumber();
    const first = await addNumber(gateway, gateway.operator, squatter.sid, { PhoneNumber: phoneNumber, ...urls(squatters) });
    expect(await statuses(fromSwitch, phoneNumber)).toEqual([200, 200]);
    await removeNumber(gateway, gateway.operator, squatter.sid, first);
    await until("the number is gone", async () => (await statuses(fromSwitch, phoneNumber)).every((status) => status === 404), 10_000);
    await addNumber(gateway, gateway.operator, victim.sid, { PhoneNumber: phoneNumber, ...urls(victims) });
    const [before, victimsBefore] = [squatters.requests.length, victims.requests.length];
    expect(await statuses(fromSwitch, phoneNumber)).toEqual([200, 200]);
    expect([squatters.requests.length, victims.requests.length]).toEqual([before, victimsBefore + 2]);
    expect(await statuses(upstream("5".repeat(32)), phoneNumber)).toEqual([403, 403]);
  });

  it("has a carrier whose replaced UpstreamAuthToken counts no more within 10 s, also when another isolate replaced it", async () => {
    const owner = await gateway.account("Rotating");
    const webhook = await startDeveloperWebhook(owner.secret);
    const number = await addNumber(gateway, gateway.operator, owner.sid, urls(webhook));
    await setUpstreamAuthToken(gateway, owner, "1".repeat(32));
    expect(await statuses(upstream("1".repeat(32)), number.phoneNumber)).toEqual([200, 200]);
    await setUpstreamAuthToken(gateway, owner, "2".repeat(32));
    await until("the old token is refused", async () => (await statuses(upstream("1".repeat(32)), number.phoneNumber)).every((status) => status === 403), 10_000);
    expect(await statuses(upstream("2".repeat(32)), number.phoneNumber)).toEqual([200, 200]);

    const db = await gateway.miniflare.getD1Database("DB");
    await db.prepare("UPDATE accounts SET upstream_auth_token = NULL WHERE sid = ?1").bind(owner.sid).run();
    await until("the removed token is refused", async () => (await statuses(upstream("2".repeat(32)), number.phoneNumber)).every((status) => status === 403), 10_000);
    expect(webhook.violations).toEqual([]);
    await webhook.stop();
  });
});
