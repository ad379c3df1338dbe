import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, lookUp, publish, type LookupAnswer } from "../support/add-ons.ts";
import { startGateway, until, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";

const HEADERS = ["Idempotency-Key", "I-Twilio-Idempotency-Token"];
const PRICE_MICROS = 100;

let keys = 0;
const newKey = (): string => `key ${(keys += 1)}`;
const isReplayed = (answer: Answer<unknown>): boolean => answer.headers.get("Idempotent-Replayed") === "true";

describe("an idempotency key", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let developer: Login;
  let owner: Login;
  let name: string;

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    [developer, owner] = [await gateway.account("Developer", "10"), await gateway.account("Publisher")];
    publisher.authTokens.set(owner.sid, owner.secret);
    publisher.on("/counted", (_, response) => {
      response.writeHead(200, { "Content-Type": "application/json" }).end(`{"count":${callsOf("/counted")},"big":12345678901234567890}`);
    });
    name = await installed("/counted");
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), publisher.stop()]);
    expect(publisher.violations).toEqual([]);
  });

  const callsOf = (path: string): number => publisher.requests.filter(({ url }) => url.pathname === path).length;
  const installed = async (path: string, login: Login = developer): Promise<string> => {
    const json = definition(publisher, path);
    await install(gateway, login, await publish(gateway, owner, json));
    return json.unique_name;
  };
  const send = (key: string, query = `AddOns=${name}`, login: Login = developer, number = "+18778894546"): Promise<Answer<LookupAnswer>> =>
    gateway.call<LookupAnswer>(login, "GET", `/v1/PhoneNumbers/${number}?${query}`, undefined, { "Idempotency-Key": key });
  const spentMicros = async (login: Login): Promise<number> => {
    const { body } = await gateway.call<{ spent: string }>(gateway.operator, "GET", `/v1/Operator/Accounts/${login.sid}/Desk`);
    return Math.round(Number(body.spent) * 1e6);
  };

  it.each(HEADERS)("gets the first answer again, byte for byte, without a call or a charge: %s", async (header) => {
    const key = newKey();
    const first = await lookUp(gateway, developer, [name], {}, { [header]: key });
    const [calls, spent] = [callsOf("/counted"), await spentMicros(developer)];
    const again = await lookUp(gateway, developer, [name], {}, { [header]: key });
    expect([first.status, isReplayed(first), again.status, isReplayed(again)]).toEqual([200, false, 200, true]);
    expect(again.text).toBe(first.text);
    expect(again.text).toContain('"big":12345678901234567890');
    expect([callsOf("/counted"), await spentMicros(developer)]).toEqual([calls, spent]);
    const listed = await gateway.call<{ invocations: { sid: string }[] }>(developer, "GET", "/v1/Invocations");
    const sid = first.body.add_ons?.results[name]?.request_sid;
    expect(listed.body.invocations.filter((invocation) => invocation.sid === sid)).toHaveLength(1);
  });

  it("is the same key under either header", async () => {
    const key = newKey();
    const first = await lookUp(gateway, developer, [name], {}, { "Idempotency-Key": key });
    const again = await lookUp(gateway, developer, [name], {}, { "I-Twilio-Idempotency-Token": key });
    expect([isReplayed(again), again.text]).toEqual([true, first.text]);
  });

  it("waits for the first request while that is in flight, and is answered by it", async () => {
    const held: (() => void)[] = [];
    publisher.on("/held", (_, response) => void held.push(() => response.writeHead(200).end('{"held":true}')));
    const heldName = await installed("/held");
    const [key, spent] = [newKey(), await spentMicros(developer)];
    const first = send(key, `AddOns=${heldName}`);
    await until("the publisher has the first request", () => held.length === 1);
    const others = Array.from({ length: 5 }, () => send(key, `AddOns=${heldName}`));
    // Requests that came after them are through, so they have been waiting.
    await Promise.all(Array.from({ length: 2 }, () => send(newKey())));
    expect(callsOf("/held")).toBe(1);
    held[0]?.();
    const answers = await Promise.all([first, ...others]);
    expect(answers.map(isReplayed)).toEqual([false, true, true, true, true, true]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(callsOf("/held")).toBe(1);
    expect(await spentMicros(developer)).toBe(spent + 3 * PRICE_MICROS);
  });

  it.each([
    { what: "another number", query: "AddOns={name}", number: "+14158675309" },
    { what: "another add-on", query: "AddOns=other", number: "+18778894546" },
    { what: "no add-on", query: "AddOns=", number: "+18778894546" },
    { what: "runtime data", query: "AddOns={name}&AddOns.{name}.field=1", number: "+18778894546" },
    { what: "a country", query: "AddOns={name}&CountryCode=CA", number: "+18778894546" },
    { what: "one parameter more", query: "AddOns={name}&Type=carrier", number: "+18778894546" },
  ])("with another request is a conflict: $what", async ({ query, number }) => {
    const key = newKey();
    expect((await send(key)).status).toBe(200);
    const calls = publisher.requests.length;
    const other = await send(key, query.replaceAll("{name}", name), developer, number);
    expect(other).toMatchObject({ status: 409, body: { code: 20409, status: 409 } });
    expect(publisher.requests.length).toBe(calls);
    // The first request still has its answer.
    expect(isReplayed(await send(key))).toBe(true);
  });

  it.each([
    { what: "another order", query: "AddOns.{name}.a=1&AddOns={name}&CountryCode=US" },
    { what: "percent-encoding where none is needed", query: "%41dd%4Fns={name}&CountryCode=%55S&AddOns.{name}.a=%31" },
    { what: "other empty pieces", query: "&AddOns={name}&&CountryCode=US&AddOns.{name}.a=1&" },
    { what: "an encoded plus in the path", query: "AddOns={name}&CountryCode=US&AddOns.{name}.a=1", number: "%2B18778894546" },
  ])("does not mind how the same parameters are written: $what", async ({ query, number = "+18778894546" }) => {
    const key = newKey();
    const first = await send(key, `AddOns=${name}&CountryCode=US&AddOns.${name}.a=1`);
    const again = await send(key, query.replaceAll("{name}", name), developer, number);
    expect([again.status, isReplayed(again), again.text]).toEqual([200, true, first.text]);
  });

  it("does mind the order of a repeated parameter, which is that of the results", async () => {
    const [key, other] = [newKey(), await installed("/counted")];
    await send(key, `AddOns=${name}&AddOns=${other}`);
    expect((await send(key, `AddOns=${other}&AddOns=${name}`)).status).toBe(409);
  });

  it("is a key without add-ons too: kept, limited in length, and no other request's", async () => {
    const key = newKey();
    const first = await send(key, "");
    expect(first.body.add_ons).toBeNull();
    const second = await send(key, "");
    expect([second.text, isReplayed(second)]).toEqual([first.text, true]);
    expect(await send(key)).toMatchObject({ status: 409, body: { code: 20409 } });
    expect(await send("x".repeat(256), "")).toMatchObject({ status: 400, body: { code: 20001 } });
  });

  it("is each account's own", async () => {
    const [key, stranger] = [newKey(), await gateway.account("Stranger", "1")];
    const first = await send(key);
    const strangers = await send(key, `AddOns=${await installed("/counted", stranger)}`, stranger);
    expect([strangers.status, isReplayed(strangers)]).toEqual([200, false]);
    expect(await send(key)).toMatchObject({ text: first.text });
  });

  it.each([
    { what: "400", path: "/v1/PhoneNumbers/+18778894546?AddOns=a.b", status: 400 },
    { what: "404", path: "/v1/PhoneNumbers/12?AddOns=", status: 404 },
  ])("is still free after an answer that is not 200: $what", async ({ path, status }) => {
    const key = newKey();
    expect((await gateway.call(developer, "GET", path, undefined, { "Idempotency-Key": key })).status).toBe(status);
    const good = await send(key);
    expect([good.status, isReplayed(good)]).toEqual([200, false]);
  });

  it("keeps a failed result too, since its answer is a 200", async () => {
    publisher.on("/broken", answering({}, 403));
    const query = `AddOns=${await installed("/broken")}`;
    const key = newKey();
    const first = await send(key, query);
    expect(first.text).toContain("61005");
    const calls = callsOf("/broken");
    expect(await send(key, query)).toMatchObject({ text: first.text });
    expect(callsOf("/broken")).toBe(calls);
  });

  it.each([
    { length: 0, status: 400 },
    { length: 1, status: 200 },
    { length: 255, status: 200 },
    { length: 256, status: 400 },
    { length: 10_000, status: 400 },
  ])("of $length characters is answered with $status", async ({ length, status }) => {
    const answer = await send("k".repeat(length));
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.body).toMatchObject({ code: 20001, message: expect.stringContaining("Idempotency-Key") });
  });

  it("keeps answers of hundreds of kilobytes", async () => {
    const filler = "x".repeat(51_100);
    publisher.on("/large", answering({ filler }));
    const names = await Promise.all(Array.from({ length: 12 }, () => installed("/large")));
    const query = names.map((each) => `AddOns=${each}`).join("&");
    const key = newKey();
    const first = await send(key, query);
    expect(Object.values(first.body.add_ons?.results ?? {}).map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => "successful"));
    expect(first.text.length).toBeGreaterThan(12 * filler.length);
    const again = await send(key, query);
    expect([isReplayed(again), again.text === first.text, callsOf("/large")]).toEqual([true, true, 12]);
  });

  it("repeats a refusal for want of credit after a top-up; a new key runs", async () => {
    const poor = await gateway.account("Poor");
    const query = `AddOns=${await installed("/counted", poor)}`;
    const key = newKey();
    const refused = await send(key, query, poor);
    expect([refused.status, refused.text.includes("61003")]).toEqual([200, true]);
    await gateway.call(gateway.operator, "POST", `/v1/Operator/Accounts/${poor.sid}/Credits`, { form: { Amount: "1" } });
    const calls = callsOf("/counted");
    expect(await send(key, query, poor)).toMatchObject({ text: refused.text });
    expect([callsOf("/counted"), await spentMicros(poor)]).toEqual([calls, 0]);
    const paid = await send(newKey(), query, poor);
    expect([isReplayed(paid), paid.text.includes("61003"), callsOf("/counted"), await spentMicros(poor)]).toEqual([false, false, calls + 1, PRICE_MICROS]);
  });

  it("has no answer any more once its invocation was forgotten, and runs nothing again under the key", async () => {
    const key = newKey();
    const first = await send(key);
    const sid = first.body.add_ons?.results[name]?.request_sid ?? "";
    expect((await gateway.call(developer, "DELETE", `/v1/Invocations/${sid}`)).status).toBe(204);
    const [calls, spent] = [callsOf("/counted"), await spentMicros(developer)];
    const again = await send(key);
    expect(isReplayed(again)).toBe(false);
    expect(again.text).not.toContain('"count"');
    expect([again.status, callsOf("/counted"), await spentMicros(developer)]).toEqual([409, calls, spent]);
    expect((await gateway.call<{ price: string; phone_number: unknown }>(developer, "GET", `/v1/Invocations/${sid}`)).body).toMatchObject({ price: "0.0001", phone_number: null });
  });
});
