import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { newPhoneNumber } from "../support/phone-numbers.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

describe("phone numbers, with the official client", () => {
  let gateway: TestGateway;
  let developer: Login;
  let client: Twilio;

  beforeAll(async () => {
    gateway = await startGateway();
    developer = await gateway.account("Developer");
    client = twilioClient(gateway, developer);
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await gateway.stop();
  });

  const create = (parameters: object = {}) => client.incomingPhoneNumbers.create({ phoneNumber: newPhoneNumber(), ...parameters });

  it("registers a number, and shows it as the public API does", async () => {
    const startedAtMs = Math.floor(Date.now() / 1_000) * 1_000;
    const created = await client.incomingPhoneNumbers.create({ phoneNumber: "+1 (415) 867-5309" });
    expect(created.sid).toMatch(/^PN[0-9a-f]{32}$/);
    expect(created).toMatchObject({
      accountSid: developer.sid,
      phoneNumber: "+14158675309",
      friendlyName: "(415) 867-5309",
      apiVersion: "2010-04-01",
      beta: false,
      capabilities: { voice: true, sms: true, mms: true, fax: false },
      origin: "hosted",
      status: "in-use",
      voiceReceiveMode: "voice",
      voiceCallerIdLookup: false,
      addressRequirements: "none",
      emergencyStatus: "Inactive",
      emergencyAddressStatus: "unregistered",
      uri: `/2010-04-01/Accounts/${developer.sid}/IncomingPhoneNumbers/${created.sid}.json`,
    });
    for (const method of [created.smsMethod, created.smsFallbackMethod, created.voiceMethod, created.voiceFallbackMethod, created.statusCallbackMethod]) expect(method).toBe("POST");
    const none = [created.smsUrl, created.smsFallbackUrl, created.voiceUrl, created.voiceFallbackUrl, created.statusCallback, created.smsApplicationSid, created.trunkSid, created.type];
    expect(none).toEqual(none.map(() => null));
    expect(created.dateCreated.getTime()).toBeGreaterThanOrEqual(startedAtMs);
    expect((await client.incomingPhoneNumbers(created.sid).fetch()).toJSON()).toEqual(created.toJSON());
    expect((await client.api.v2010.accounts(developer.sid).fetch()).subresourceUris["incoming_phone_numbers"]).toBe(`/2010-04-01/Accounts/${developer.sid}/IncomingPhoneNumbers.json`);
  });

  it("registers numbers that no numbering plan has, and others under the one form that they have", async () => {
    for (const [phoneNumber, e164, friendlyName] of [
      ["+52 1 55 1234 5678", "+5215512345678", "+5215512345678"],
      ["+999 9999 9999", "+99999999999", "+99999999999"],
      ["+44 (0)20 7946-0018", "+442079460018", "020 7946 0018"],
    ]) {
      expect(await create({ phoneNumber })).toMatchObject({ phoneNumber: e164, friendlyName });
      expect(await restException(client.incomingPhoneNumbers.create({ phoneNumber: e164 ?? "" }))).toMatchObject({ status: 409, code: 20409 });
    }
    for (const phoneNumber of ["5215512345678", "+012345678", "+123456", "+1234567890123456", "+1415555O100"]) {
      expect(await restException(create({ phoneNumber })), phoneNumber).toMatchObject({ status: 400, code: 20001, message: expect.stringContaining("PhoneNumber") });
    }
  });

  it("takes back what a number says of itself, and changes nothing", async () => {
    const created = await create({ emergencyStatus: "Inactive" });
    const number = client.incomingPhoneNumbers(created.sid);
    const itself = { accountSid: created.accountSid, emergencyStatus: created.emergencyStatus, voiceReceiveMode: created.voiceReceiveMode, apiVersion: created.apiVersion, voiceCallerIdLookup: created.voiceCallerIdLookup };
    expect((await number.update(itself)).toJSON()).toEqual(created.toJSON());
    expect((await number.update({ accountSid: "", emergencyStatus: "" as "Inactive" })).toJSON()).toEqual(created.toJSON());
    expect(await restException(number.update({ emergencyStatus: "Active" }))).toMatchObject({ status: 400, code: 20001, message: expect.stringMatching(/EmergencyStatus.*Inactive/) });
    expect(await restException(number.update({ accountSid: `AC${"0".repeat(32)}` }))).toMatchObject({ status: 400, code: 20001, message: expect.stringMatching(/AccountSid.*released and registered anew/) });
    expect((await number.fetch()).toJSON()).toEqual(created.toJSON());
  });

  it("keeps every URL and method that it is given, changes them one by one, and clears a URL by an empty one", async () => {
    const settings = {
      friendlyName: "Support",
      smsUrl: "https://user:pass@developer.example.com:8443/sms?a=1&b=%20",
      smsMethod: "GET",
      smsFallbackUrl: "https://developer.example.com/sms-fallback",
      smsFallbackMethod: "GET",
      voiceUrl: "https://developer.example.com/voice",
      voiceMethod: "GET",
      voiceFallbackUrl: "https://developer.example.com/voice-fallback",
      voiceFallbackMethod: "GET",
      statusCallback: "https://developer.example.com/status",
      statusCallbackMethod: "GET",
    };
    const created = await create(settings);
    expect(created).toMatchObject(settings);

    const number = client.incomingPhoneNumbers(created.sid);
    expect(await number.update({ smsMethod: "POST", voiceUrl: "" })).toMatchObject({ ...settings, smsMethod: "POST", voiceUrl: null });
    const moved = { friendlyName: "Sales", smsUrl: "https://developer.example.com/other" };
    expect(await number.update(moved)).toMatchObject({ ...settings, ...moved, smsMethod: "POST", voiceUrl: null });
    expect((await number.update()).toJSON()).toEqual((await number.fetch()).toJSON());
    expect(await number.fetch()).toMatchObject({ ...settings, ...moved, phoneNumber: created.phoneNumber, smsMethod: "POST", voiceUrl: null });
  });

  it("takes what it has nothing of where it is empty or says so, and refuses it by name otherwise", async () => {
    const nothing = { smsApplicationSid: "", voiceApplicationSid: "", trunkSid: "", addressSid: "", identitySid: "", bundleSid: "", emergencyAddressSid: "", voiceReceiveMode: "voice", voiceCallerIdLookup: false, apiVersion: "2010-04-01" };
    const { sid } = await create(nothing);
    const refused = await restException(client.incomingPhoneNumbers(sid).update({ trunkSid: `TK${"0".repeat(32)}` }));
    expect(refused).toMatchObject({ status: 400, code: 20001, message: expect.stringMatching(/TrunkSid.*this gateway/) });
    expect(await restException(client.incomingPhoneNumbers.create({ areaCode: "415" }))).toMatchObject({ status: 400, code: 20001, message: expect.stringContaining("AreaCode") });
  });

  it("lists an account's numbers, by a part of the number, by name and by origin", async () => {
    const owner = await gateway.account("Lister");
    const { incomingPhoneNumbers } = twilioClient(gateway, owner);
    const paris = await incomingPhoneNumbers.create({ phoneNumber: "+33142685300", friendlyName: "Paris" });
    const berlin = await incomingPhoneNumbers.create({ phoneNumber: "+493012345678", friendlyName: "Berlin" });
    const sidsOf = async (filter: object): Promise<string[]> => (await incomingPhoneNumbers.list(filter)).map(({ sid }) => sid);
    expect(await sidsOf({})).toEqual([berlin.sid, paris.sid]);
    for (const phoneNumber of ["+33142685300", "+33", "+3*14", "5300", "*****685***", "33 1 42 68", "+33142685*00"]) expect(await sidsOf({ phoneNumber }), phoneNumber).toEqual([paris.sid]);
    for (const phoneNumber of ["+42", "+3014", "0033", "3*1268", "************4"]) expect(await sidsOf({ phoneNumber }), phoneNumber).toEqual([]);
    expect(await sidsOf({ phoneNumber: "+*********" })).toEqual([berlin.sid, paris.sid]);
    expect(await sidsOf({ phoneNumber: "%" }).catch((error: unknown) => error)).toMatchObject({ status: 400, code: 20001, message: expect.stringContaining("PhoneNumber") });

    expect(await sidsOf({ friendlyName: "Paris" })).toEqual([paris.sid]);
    expect(await sidsOf({ friendlyName: "paris" })).toEqual([]);
    expect(await sidsOf({ origin: "hosted", beta: false })).toEqual([berlin.sid, paris.sid]);
    expect(await sidsOf({ origin: "twilio" })).toEqual([]);
    expect((await incomingPhoneNumbers.list({ pageSize: 1 })).map(({ sid }) => sid)).toEqual([berlin.sid, paris.sid]);
    const second = await (await incomingPhoneNumbers.page({ pageSize: 1, phoneNumber: "+*********" })).nextPage();
    expect(second?.instances.map(({ sid }) => sid)).toEqual([paris.sid]);
  });

  it("releases a number, which another account may then have", async () => {
    const created = await create();
    expect(await client.incomingPhoneNumbers(created.sid).remove()).toBe(true);
    expect(await restException(client.incomingPhoneNumbers(created.sid).fetch())).toMatchObject({ status: 404, code: 20404 });
    expect(await restException(client.incomingPhoneNumbers(created.sid).remove())).toMatchObject({ status: 404, code: 20404 });
    const next = await twilioClient(gateway, await gateway.account("Next")).incomingPhoneNumbers.create({ phoneNumber: created.phoneNumber });
    expect(next.sid).not.toBe(created.sid);
  });

  it("is open to the account's API keys, and to the operator for every account", async () => {
    const key = await client.newKeys.create();
    const withKey = twilioClient(gateway, { sid: key.sid, secret: key.secret }, { accountSid: developer.sid });
    const { sid } = await withKey.incomingPhoneNumbers.create({ phoneNumber: newPhoneNumber() });
    const operator = twilioClient(gateway, gateway.operator).api.v2010.accounts(developer.sid);
    expect(await operator.incomingPhoneNumbers(sid).update({ friendlyName: "By the operator" })).toMatchObject({ accountSid: developer.sid, friendlyName: "By the operator" });
    expect((await operator.incomingPhoneNumbers.list()).map((number) => number.sid)).toContain(sid);
    expect(await operator.incomingPhoneNumbers(sid).remove()).toBe(true);
  });

  it("has no numbers to buy", async () => {
    for (const kind of ["Local", "Mobile", "TollFree"]) {
      const path = `/2010-04-01/Accounts/${developer.sid}/IncomingPhoneNumbers/${kind}.json`;
      expect(await gateway.call(developer, "GET", path)).toMatchObject({ status: 404, body: { code: 20404 } });
    }
  });
});
