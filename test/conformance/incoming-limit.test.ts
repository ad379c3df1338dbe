import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { startGateway, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher } from "../support/loopback-publisher.ts";
import { addNumber } from "../support/phone-numbers.ts";

type Extension = { sid: string; unique_name: string };

const numbersOf = ({ sid }: Login): string => `/2010-04-01/Accounts/${sid}/IncomingPhoneNumbers`;
const statuses = (answers: Answer[]): number[] => answers.map(({ status }) => status).toSorted((one, other) => one - other);
const conflict = (named: string) => ({ status: 409, body: { code: 20409, message: expect.stringContaining(named) } });

describe("at most 12 add-ons run on a number, by extension", () => {
  let gateway: TestGateway;
  let phoneNumber: string;
  let message: string;
  let made = 0;

  beforeAll(async () => {
    gateway = await startGateway();
    const [publisher, owner] = [await startPublisher(), await gateway.account("Publisher")];
    phoneNumber = await publish(gateway, owner, definition(publisher, "/number"));
    message = await publish(gateway, owner, definition(publisher, "/message", { type: "message_analysis", extensions: ["sms-incoming"], request: { body: { text: "{{body}}" } } }));
    await publisher.stop();
  });
  afterAll(() => gateway.stop());

  const newNumber = async (developer: Login): Promise<string> => (await addNumber(gateway, developer, developer.sid)).sid;
  const assign = (developer: Login, number: string, InstalledAddOnSid: string): Promise<Answer> =>
    gateway.call(developer, "POST", `${numbersOf(developer)}/${number}/AssignedAddOns.json`, { form: { InstalledAddOnSid } });
  const unassign = (developer: Login, number: string, xe: string): Promise<Answer> => gateway.call(developer, "DELETE", `${numbersOf(developer)}/${number}/AssignedAddOns/${xe}.json`);
  const installForm = (addOn: string) => ({ AvailableAddOnSid: addOn, AcceptTermsOfService: "true", UniqueName: `install_${made++}` });
  const tryInstall = (developer: Login, addOn: string): Promise<Answer> => gateway.call(developer, "POST", "/v1/InstalledAddOns", { form: installForm(addOn) });
  async function set(developer: Login, xe: string, name: string, enabled = true): Promise<Answer> {
    const path = `/v1/InstalledAddOns/${xe}/Extensions`;
    const { extensions } = (await gateway.call<{ extensions: Extension[] }>(developer, "GET", path)).body;
    return gateway.call(developer, "POST", `${path}/${extensions.find(({ unique_name }) => unique_name === name)?.sid}`, { form: { Enabled: String(enabled) } });
  }
  /** Installs of the message add-on, whose one extension is enabled from the start; each assigned before the next one is installed. */
  async function installMany(developer: Login, count: number, number?: string): Promise<string[]> {
    const xes: string[] = [];
    while (xes.length < count) {
      const xe = await install(gateway, developer, message, installForm(message));
      if (number !== undefined) expect((await assign(developer, number, xe)).status).toBe(201);
      xes.push(xe);
    }
    return xes;
  }

  it("counts those assigned to a number, and those assigned to none", async () => {
    const developer = await gateway.account();
    const [one, two] = [await newNumber(developer), await newNumber(developer)];
    await installMany(developer, 5, one);
    await installMany(developer, 6, two);
    await installMany(developer, 6);
    expect(await tryInstall(developer, message)).toMatchObject(conflict("12"));
    // Number one has 11: one more fits there, if it is assigned there alone before it is enabled.
    const xe = await install(gateway, developer, phoneNumber, installForm(phoneNumber));
    expect(await set(developer, xe, "sms-incoming")).toMatchObject(conflict("sms-incoming"));
    expect((await assign(developer, one, xe)).status).toBe(201);
    expect((await set(developer, xe, "sms-incoming")).status).toBe(200);
    expect((await set(developer, xe, "sms-incoming")).status).toBe(200);
    expect(await assign(developer, two, xe)).toMatchObject(conflict(`enabled already on ${two}`));
    // Each extension counts for itself.
    expect((await set(developer, xe, "sms-incoming", false)).status).toBe(200);
    expect((await set(developer, xe, "voice-incoming")).status).toBe(200);
    expect((await assign(developer, two, xe)).status).toBe(201);
    expect(await set(developer, xe, "sms-incoming")).toMatchObject(conflict("sms-incoming"));
  });

  it("has room for 12 on each of two numbers, and for none on all", async () => {
    const developer = await gateway.account();
    const numbers = [await newNumber(developer), await newNumber(developer)];
    for (const number of numbers) {
      const xes = await Promise.all(Array.from({ length: 13 }, () => install(gateway, developer, phoneNumber, installForm(phoneNumber))));
      expect(new Set(statuses(await Promise.all(xes.map((xe) => assign(developer, number, xe)))))).toEqual(new Set([201]));
      expect(statuses(await Promise.all(xes.map((xe) => set(developer, xe, "voice-incoming"))))).toEqual([...Array.from({ length: 12 }, () => 200), 409]);
    }
    const everywhere = await install(gateway, developer, phoneNumber, installForm(phoneNumber));
    expect(await set(developer, everywhere, "voice-incoming")).toMatchObject(conflict("voice-incoming"));
    expect((await set(developer, everywhere, "sms-incoming")).status).toBe(200);
  });

  it("refuses the 13th assignment, also when several come at once", async () => {
    const developer = await gateway.account();
    const [full, other] = [await newNumber(developer), await newNumber(developer)];
    await installMany(developer, 11, full);
    const waiting = await installMany(developer, 4, other);
    const answers = await Promise.all(waiting.map((xe) => assign(developer, full, xe)));
    expect(statuses(answers)).toEqual([201, 409, 409, 409]);
    for (const answer of answers.filter(({ status }) => status === 409)) expect(answer).toMatchObject(conflict(`enabled already on ${full}`));
    const { body } = await gateway.call<{ assigned_add_ons: unknown[] }>(developer, "GET", `${numbersOf(developer)}/${full}/AssignedAddOns.json`);
    expect(body.assigned_add_ons.length).toBe(12);
  });

  it("refuses to take off the last assignment of one that would then be the 13th somewhere", async () => {
    const developer = await gateway.account();
    const [full, other] = [await newNumber(developer), await newNumber(developer)];
    const [xe = ""] = await installMany(developer, 1, other);
    const [blocker = ""] = await installMany(developer, 12, full);
    expect(await unassign(developer, other, xe)).toMatchObject(conflict(xe));
    expect((await gateway.call(developer, "GET", `${numbersOf(developer)}/${other}/AssignedAddOns/${xe}.json`)).status).toBe(200);
    // Not the last one: nothing begins to run anywhere.
    const third = await newNumber(developer);
    expect((await assign(developer, third, xe)).status).toBe(201);
    expect((await unassign(developer, third, xe)).status).toBe(204);
    expect(await unassign(developer, other, xe)).toMatchObject(conflict(xe));
    expect((await assign(developer, other, blocker)).status).toBe(201);
    expect((await unassign(developer, full, blocker)).status).toBe(204);
    expect((await unassign(developer, other, xe)).status).toBe(204);
    expect(await unassign(developer, other, blocker)).toMatchObject(conflict(blocker));
    expect((await set(developer, xe, "sms-incoming", false)).status).toBe(200);
    expect((await unassign(developer, other, blocker)).status).toBe(204);
  });

  it("lets only one of three last assignments go where there is room for one, also when all go at once", async () => {
    const developer = await gateway.account();
    const [full, other] = [await newNumber(developer), await newNumber(developer)];
    await installMany(developer, 11, full);
    const xes = await installMany(developer, 3, other);
    expect(statuses(await Promise.all(xes.map((xe) => unassign(developer, other, xe))))).toEqual([204, 409, 409]);
  });

  it("makes room where a number, an install or an extension goes", async () => {
    const developer = await gateway.account();
    const number = await newNumber(developer);
    const [first = "", second = ""] = await installMany(developer, 12, number);
    expect((await tryInstall(developer, message)).status).toBe(409);
    await set(developer, first, "sms-incoming", false);
    expect((await tryInstall(developer, message)).status).toBe(201);
    expect((await tryInstall(developer, message)).status).toBe(409);
    await gateway.call(developer, "DELETE", `/v1/InstalledAddOns/${second}`);
    expect((await tryInstall(developer, message)).status).toBe(201);
    expect((await tryInstall(developer, message)).status).toBe(409);
    // What was assigned to it alone is switched off with it: the two of all numbers are left.
    await gateway.call(developer, "DELETE", `${numbersOf(developer)}/${number}.json`);
    expect(statuses(await Promise.all(Array.from({ length: 11 }, () => tryInstall(developer, message))))).toEqual([...Array.from({ length: 10 }, () => 201), 409]);
  });
});
