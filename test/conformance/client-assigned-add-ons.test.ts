import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import { definition, install, publish } from "../support/add-ons.ts";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher } from "../support/loopback-publisher.ts";
import { newPhoneNumber } from "../support/phone-numbers.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

describe("add-ons that are assigned to numbers, with the official client", () => {
  let gateway: TestGateway;
  let developer: Login;
  let client: Twilio;
  let addOnSid: string;
  let made = 0;

  beforeAll(async () => {
    gateway = await startGateway();
    const [publisher, owner] = [await startPublisher(), await gateway.account("Publisher")];
    developer = await gateway.account("Developer");
    client = twilioClient(gateway, developer);
    const configuration_schema = { type: "object", properties: { language: { type: "string" }, strict: { type: "boolean" } } };
    addOnSid = await publish(gateway, owner, definition(publisher, "/", { friendly_name: "Spam check", description: "Says whether a number calls too much.", configuration_schema }));
    await publisher.stop();
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await gateway.stop();
  });

  const newNumber = async (login = developer): Promise<string> => (await twilioClient(gateway, login).incomingPhoneNumbers.create({ phoneNumber: newPhoneNumber() })).sid;
  const newInstall = (login = developer, form: Record<string, string> = {}): Promise<string> => install(gateway, login, addOnSid, { UniqueName: `install_${made++}`, ...form });
  const assigned = (number: string) => client.incomingPhoneNumbers(number).assignedAddOns;
  /** Of Lookup, incoming messages and incoming calls. */
  const statesOf = async (xe: string): Promise<boolean[]> => (await client.marketplace.v1.installedAddOns(xe).extensions.list()).map(({ enabled }) => enabled);
  const enable = async (xe: string, name = "sms-incoming"): Promise<void> => {
    const extension = (await client.marketplace.v1.installedAddOns(xe).extensions.list()).find(({ uniqueName }) => uniqueName === name);
    await client.marketplace.v1.installedAddOns(xe).extensions(extension?.sid ?? "").update({ enabled: true });
  };

  it("are assigned, fetched, listed and taken off again", async () => {
    const [number, xe] = [await newNumber(), await newInstall(developer, { UniqueName: "my_spam", Configuration: '{"language":"es","strict":true}' })];
    const created = await assigned(number).create({ installedAddOnSid: xe });
    const uri = `/2010-04-01/Accounts/${developer.sid}/IncomingPhoneNumbers/${number}/AssignedAddOns/${xe}`;
    expect(created).toMatchObject({
      sid: xe,
      accountSid: developer.sid,
      resourceSid: number,
      friendlyName: "Spam check",
      description: "Says whether a number calls too much.",
      configuration: { language: "es", strict: true },
      uniqueName: "my_spam",
      uri: `${uri}.json`,
      subresourceUris: { extensions: `${uri}/Extensions.json` },
    });
    expect(created.dateCreated).toBeInstanceOf(Date);
    expect((await assigned(number)(xe).fetch()).toJSON()).toEqual(created.toJSON());
    expect((await assigned(number).list()).map((one) => one.toJSON())).toEqual([created.toJSON()]);

    expect(await assigned(number)(xe).remove()).toBe(true);
    expect(await assigned(number).list()).toEqual([]);
    expect(await restException(assigned(number)(xe).fetch())).toMatchObject({ status: 404, code: 20404, message: expect.stringContaining(xe) });
    expect(await restException(assigned(number)(xe).remove())).toMatchObject({ status: 404, code: 20404 });
    expect((await client.marketplace.v1.installedAddOns(xe).fetch()).uniqueName).toBe("my_spam");
  });

  it("show the extensions of the install, which are switched there for all numbers", async () => {
    const [number, xe] = [await newNumber(), await newInstall()];
    await assigned(number).create({ installedAddOnSid: xe });
    const extensions = () => assigned(number)(xe).extensions;
    const states = async () => (await extensions().list()).map(({ uniqueName, enabled }) => [uniqueName, enabled]);
    expect(await states()).toEqual([["lookup", true], ["sms-incoming", false], ["voice-incoming", false]]);
    await enable(xe);
    expect(await states()).toEqual([["lookup", true], ["sms-incoming", true], ["voice-incoming", false]]);

    const [, sms] = await extensions().list();
    if (sms === undefined) throw new Error("no extension");
    expect(sms).toMatchObject({ accountSid: developer.sid, resourceSid: number, assignedAddOnSid: xe, friendlyName: "Incoming SMS", productName: "Programmable Messaging", enabled: true });
    expect((await extensions()(sms.sid).fetch()).toJSON()).toEqual(sms.toJSON());
    expect((await client.marketplace.v1.installedAddOns(xe).extensions.list()).map(({ sid }) => sid)).toContain(sms.sid);
    expect(await restException(extensions()(`XF${"0".repeat(32)}`).fetch())).toMatchObject({ status: 404, code: 20404 });
    expect((await (await extensions().page({ pageSize: 2 })).nextPage())?.instances.map(({ uniqueName }) => uniqueName)).toEqual(["voice-incoming"]);
  });

  it("may be assigned to many numbers, and a number may have many, in pages newest first", async () => {
    const numbers = [await newNumber(), await newNumber()];
    const xes = [await newInstall(), await newInstall(), await newInstall()];
    for (const number of numbers) for (const installedAddOnSid of xes) await assigned(number).create({ installedAddOnSid });
    const newestFirst = xes.toReversed();
    for (const number of numbers) {
      expect((await assigned(number).list({ pageSize: 1 })).map(({ sid }) => sid)).toEqual(newestFirst);
      const first = await assigned(number).page({ pageSize: 2 });
      expect([first, await first.nextPage()].map((page) => page?.instances.map(({ sid }) => sid))).toEqual([newestFirst.slice(0, 2), newestFirst.slice(2)]);
    }
  });

  it("are assigned to a number once: again is a conflict, also when two requests come at once", async () => {
    const [number, xe] = [await newNumber(), await newInstall()];
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => assigned(number).create({ installedAddOnSid: xe })));
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    expect(refused).toEqual([1, 2].map(() => expect.objectContaining({ status: 409, code: 20409, message: expect.stringContaining(`${xe} is assigned to ${number} already`) })));
    expect((await assigned(number).list()).length).toBe(1);
  });

  it("are not found where the number or the install is not the account's own", async () => {
    const stranger = await gateway.account("Stranger");
    const [number, xe, others] = [await newNumber(), await newInstall(), { number: await newNumber(stranger), xe: await newInstall(stranger) }];
    const [noXe, noPn] = [`XE${"0".repeat(32)}`, `PN${"0".repeat(32)}`];
    const attempts = [[number, others.xe, others.xe], [others.number, xe, others.number], [number, noXe, noXe], [noPn, xe, noPn], [others.number, others.xe, others.number]];
    for (const [pn = "", installedAddOnSid = "", unknown] of attempts) {
      expect(await restException(assigned(pn).create({ installedAddOnSid }))).toMatchObject({ status: 404, code: 20404, message: expect.stringContaining(`${unknown} was not found`) });
    }
    for (const one of [xe, others.xe]) expect(await assignmentsStored(one)).toBe(0);
    expect(await restException(assigned(others.number).list())).toMatchObject({ status: 404, code: 20404, message: expect.stringContaining(others.number) });
    await twilioClient(gateway, stranger).incomingPhoneNumbers(others.number).assignedAddOns.create({ installedAddOnSid: others.xe });
    for (const pn of [number, others.number]) expect(await restException(assigned(pn)(others.xe).remove())).toMatchObject({ status: 404, code: 20404 });
    expect(await restException(assigned(others.number)(others.xe).fetch())).toMatchObject({ status: 404, code: 20404 });
    expect((await twilioClient(gateway, stranger).incomingPhoneNumbers(others.number).assignedAddOns.list()).length).toBe(1);
  });

  it("go with the install, and do not come back with a new one of the same name", async () => {
    const [number, xe] = [await newNumber(), await newInstall(developer, { UniqueName: "removed" })];
    await assigned(number).create({ installedAddOnSid: xe });
    await client.marketplace.v1.installedAddOns(xe).remove();
    expect(await assigned(number).list()).toEqual([]);
    await newInstall(developer, { UniqueName: "removed" });
    expect(await assigned(number).list()).toEqual([]);
    expect(await assignmentsStored(xe)).toBe(0);
  });

  it("are switched off with the last of their numbers, so that they do not begin to run on all others", async () => {
    const [number, other] = [await newNumber(), await newNumber()];
    const [here, both, nowhere] = [await newInstall(), await newInstall(), await newInstall()];
    for (const xe of [here, both, nowhere]) for (const name of ["sms-incoming", "voice-incoming"]) await enable(xe, name);
    for (const [pn, installedAddOnSid] of [[number, here], [number, both], [other, both]] as const) await assigned(pn).create({ installedAddOnSid });

    await client.incomingPhoneNumbers(number).remove();
    expect(await restException(assigned(number).list())).toMatchObject({ status: 404 });
    expect(await statesOf(here)).toEqual([true, false, false]);
    expect(await statesOf(both)).toEqual([true, true, true]);
    expect(await statesOf(nowhere)).toEqual([true, true, true]);
    expect(await assignmentsStored(here)).toBe(0);
    expect((await assigned(other).list()).map(({ sid }) => sid)).toEqual([both]);
    await client.incomingPhoneNumbers(other).remove();
    expect(await statesOf(both)).toEqual([true, false, false]);
    await client.marketplace.v1.installedAddOns(nowhere).remove();
  });

  it("are at most 100,000 in an account", async () => {
    const collector = await gateway.account("Collector");
    const [number, xes] = [await newNumber(collector), [await newInstall(collector), await newInstall(collector)]];
    const db = await gateway.miniflare.getD1Database("DB");
    await db
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
         INSERT INTO assigned_add_ons (phone_number_sid, installed_add_on_sid, account_sid, created_at) SELECT 'PN' || i, ?1, ?2, 0 FROM n`,
      )
      .bind(xes[0] ?? "", collector.sid)
      .run();
    const outcomes = await Promise.allSettled(xes.map((installedAddOnSid) => twilioClient(gateway, collector).incomingPhoneNumbers(number).assignedAddOns.create({ installedAddOnSid })));
    expect(outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []))).toEqual([expect.objectContaining({ status: 409, code: 20409, message: expect.stringContaining("100000") })]);
  });

  async function assignmentsStored(xe: string): Promise<number | null> {
    const db = await gateway.miniflare.getD1Database("DB");
    return db.prepare("SELECT COUNT(*) AS stored FROM assigned_add_ons WHERE installed_add_on_sid = ?").bind(xe).first<number>("stored");
  }
});
