import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { newPhoneNumber } from "../support/phone-numbers.ts";

type PhoneNumber = { sid: string; account_sid: string; phone_number: string; status: string };

const numbersOf = ({ sid }: Login): string => `/2010-04-01/Accounts/${sid}/IncomingPhoneNumbers`;

describe("who owns a number", () => {
  let gateway: TestGateway;
  let owner: Login;
  let stranger: Login;

  beforeAll(async () => {
    // As deployed: nothing is approved or verified by itself.
    gateway = await startGateway({ AUTO_APPROVE: "false" });
    [owner, stranger] = [await gateway.account("Owner"), await gateway.account("Stranger")];
  });
  afterAll(() => gateway.stop());

  const register = (login: Login, PhoneNumber: string, more: Record<string, string> = {}, account = login): Promise<Answer<PhoneNumber>> =>
    gateway.call<PhoneNumber>(login, "POST", `${numbersOf(account)}.json`, { form: { PhoneNumber, ...more } });
  const post = (login: Login, sid: string, form: Record<string, string>, account = login): Promise<Answer<PhoneNumber>> =>
    gateway.call<PhoneNumber>(login, "POST", `${numbersOf(account)}/${sid}.json`, { form });

  it("is not verified where its account registered it, until the operator says so", async () => {
    const { status, body } = await register(owner, newPhoneNumber());
    expect([status, body.status]).toEqual([201, "unverified"]);
    expect((await post(owner, body.sid, { FriendlyName: "Mine" })).body.status).toBe("unverified");
    expect((await post(gateway.operator, body.sid, { Verified: "true" }, owner)).body).toMatchObject({ status: "in-use", account_sid: owner.sid });
    expect((await post(owner, body.sid, { FriendlyName: "Still mine" })).body.status).toBe("in-use");
    expect((await post(gateway.operator, body.sid, { Verified: "false" }, owner)).body.status).toBe("unverified");
  });

  it("is verified where the operator registered it, for an account or for itself, if it does not say otherwise", async () => {
    expect((await register(gateway.operator, newPhoneNumber(), {}, owner)).body).toMatchObject({ status: "in-use", account_sid: owner.sid });
    expect((await register(gateway.operator, newPhoneNumber())).body).toMatchObject({ status: "in-use", account_sid: gateway.operator.sid });
    expect((await register(gateway.operator, newPhoneNumber(), { Verified: "false" }, owner)).body.status).toBe("unverified");
  });

  it("is for the operator alone to say, whatever is said", async () => {
    const { sid } = (await register(owner, newPhoneNumber())).body;
    for (const Verified of ["true", "false"]) {
      for (const answer of [await post(owner, sid, { Verified }), await register(owner, newPhoneNumber(), { Verified })]) {
        expect(answer).toMatchObject({ status: 403, body: { code: 20403, message: expect.stringContaining("Verified") } });
      }
    }
    expect((await gateway.call<PhoneNumber>(owner, "GET", `${numbersOf(owner)}/${sid}.json`)).body.status).toBe("unverified");
  });

  it("is verified at once in a local run, which has one developer", async () => {
    const local = await startGateway({ AUTO_APPROVE: "true" });
    try {
      const developer = await local.account("Developer");
      const answer = await local.call<PhoneNumber>(developer, "POST", `${numbersOf(developer)}.json`, { form: { PhoneNumber: newPhoneNumber() } });
      expect([answer.status, answer.body.status]).toEqual([201, "in-use"]);
    } finally {
      await local.stop();
    }
  });

  it("is one account, however the number is written, and others do not hear which", async () => {
    const { body: number } = await register(owner, "+14158675309");
    const refused = await Promise.all([register(stranger, "+1 (415) 867-5309"), register(owner, "+14158675309")]);
    await post(gateway.operator, number.sid, { Verified: "true" }, owner);
    for (const answer of [...refused, await register(stranger, "+14158675309")]) {
      expect(answer).toMatchObject({ status: 409, body: { code: 20409 } });
      expect(answer.text).toBe(refused[0]?.text);
      for (const hidden of [number.sid, owner.sid, "8675309", "867-5309", "erified"]) expect(answer.text).not.toContain(hidden);
    }
  });

  it("is told to the operator, who takes a number from whoever registered it first without having it", async () => {
    const { body: squatted } = await register(stranger, "+14158675310");
    const refused = await register(gateway.operator, "+14158675310", {}, owner);
    expect(refused).toMatchObject({ status: 409, body: { code: 20409 } });
    expect(refused.text).toContain(squatted.sid);
    expect(refused.text).toContain(stranger.sid);
    expect((await gateway.call(gateway.operator, "DELETE", `${numbersOf(stranger)}/${squatted.sid}.json`)).status).toBe(204);
    expect((await register(gateway.operator, "+14158675310", {}, owner)).body).toMatchObject({ account_sid: owner.sid, status: "in-use" });
  });

  it("is decided once, also when ten requests of two accounts come at once", async () => {
    const number = newPhoneNumber();
    const answers = await Promise.all(Array.from({ length: 10 }, (_item, index) => register(index % 2 === 0 ? owner : stranger, number)));
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
  });

  it("is nobody's again after the number was released, and a new registration is not verified", async () => {
    const number = newPhoneNumber();
    const { body } = await register(gateway.operator, number, {}, owner);
    expect((await gateway.call(owner, "DELETE", `${numbersOf(owner)}/${body.sid}.json`)).status).toBe(204);
    expect((await register(owner, number)).body.status).toBe("unverified");
  });

  it("cannot be changed by moving a number to another account", async () => {
    const { sid } = (await register(owner, newPhoneNumber())).body;
    for (const login of [owner, gateway.operator]) {
      expect(await post(login, sid, { AccountSid: stranger.sid }, owner)).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("AccountSid") } });
    }
  });

  it("keeps an account from registering more than 100 numbers that are not verified, also when 103 requests come at once", async () => {
    const collector = await gateway.account("Collector");
    const answers = await Promise.all(Array.from({ length: 103 }, () => register(collector, newPhoneNumber())));
    const refused = answers.filter(({ status }) => status === 409);
    expect([answers.filter(({ status }) => status === 201).length, refused.length]).toEqual([100, 3]);
    expect(refused[0]?.text).toContain("100");

    expect((await register(gateway.operator, newPhoneNumber(), {}, collector)).status).toBe(201);
    await post(gateway.operator, answers.find(({ status }) => status === 201)?.body.sid ?? "", { Verified: "true" }, collector);
    expect((await register(collector, newPhoneNumber())).status).toBe(201);
    expect((await register(collector, newPhoneNumber())).status).toBe(409);
  });

  it("keeps an account from having more than 100,000 numbers", async () => {
    const carrier = await gateway.account("Carrier");
    const { sid } = (await register(gateway.operator, newPhoneNumber(), {}, carrier)).body;
    const db = await gateway.miniflare.getD1Database("DB");
    await db
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99998)
         INSERT INTO phone_numbers (sid, account_sid, phone_number, friendly_name, is_verified, created_at, updated_at)
         SELECT 'PN' || lower(hex(randomblob(16))), account_sid, '+882' || i, friendly_name, is_verified, created_at, updated_at FROM n, phone_numbers WHERE sid = ?`,
      )
      .bind(sid)
      .run();
    const answers = await Promise.all([1, 2, 3].map(() => register(gateway.operator, newPhoneNumber(), {}, carrier)));
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.text).toContain("100000");
  });
});
