import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { basic, callTo, codeOf, deliver, messageTo, nobody, upstream, type Delivered, type Form, type Sender } from "../support/carrier.ts";
import type { Login } from "../support/gateway.ts";
import { newPhoneNumber, setUpstreamAuthToken, type OwnNumber } from "../support/phone-numbers.ts";
import { rawRequest } from "../support/raw-request.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";

const UPSTREAM_TOKEN = "0123456789abcdef0123456789abcdef";
const RESOURCES = ["/v1/IncomingMessages", "/v1/IncomingCalls"] as const;

/** Signed for another URL than the one that is posted to. */
const signedFor = (change: (url: string) => string): Sender => (url, form) => upstream(UPSTREAM_TOKEN)(change(url), form);
const signedAndBasic = (login: Login): Sender => (url, form) => ({ ...upstream(UPSTREAM_TOKEN)(url, form), ...basic(login)(url, form) });
const messageOf = ({ text }: Delivered): unknown => (JSON.parse(text) as { message: string }).message;

describe("who delivers messages and calls", () => {
  let board: Switchboard;
  let number: OwnNumber;
  let stranger: Login;
  let received: number;

  beforeAll(async () => {
    board = await startSwitchboard();
    number = await board.number("/hook");
    stranger = await board.gateway.account("Stranger", "1");
    await setUpstreamAuthToken(board.gateway, board.developer, UPSTREAM_TOKEN);
    await setUpstreamAuthToken(board.gateway, stranger, "f".repeat(32));
  });
  beforeEach(() => {
    received = board.webhook.requests.length;
  });
  afterAll(async () => {
    await board.stop();
    expect(board.webhook.violations).toEqual([]);
  });

  const both = (sender: Sender, to = number.phoneNumber, options = {}): Promise<Delivered[]> =>
    Promise.all(RESOURCES.map((resource) => deliver(board.gateway, resource, sender, resource === "/v1/IncomingMessages" ? messageTo(to) : callTo(to), options)));
  /** Of both resources, and that no webhook was called. */
  async function expectRefused(answers: Promise<Delivered[]>, status: number, code: number): Promise<Delivered[]> {
    const refused = await answers;
    for (const answer of refused) expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(board.webhook.requests.length).toBe(received);
    return refused;
  }
  const expectDelivered = async (answers: Promise<Delivered[]>): Promise<void> => {
    expect((await answers).map(({ status }) => status)).toEqual([200, 200]);
    expect(board.webhook.requests.length).toBe(received + 2);
  };

  it("is the operator's switch by its token, or by an API key of the operator", async () => {
    const { gateway } = board;
    await expectDelivered(both(basic(gateway.operator)));
    const { body: key } = await gateway.call<Login>(gateway.operator, "POST", `/2010-04-01/Accounts/${gateway.operator.sid}/Keys.json`, { form: {} });
    received = board.webhook.requests.length;
    await expectDelivered(both(basic(key)));
  });

  it("is an upstream carrier that signs under the account's UpstreamAuthToken, the query included", async () => {
    await expectDelivered(both(upstream(UPSTREAM_TOKEN)));
    received = board.webhook.requests.length;
    await expectDelivered(both(upstream(UPSTREAM_TOKEN), number.phoneNumber, { query: "?carrier=one&tag=a&tag=b" }));
  });

  it("signs parameters of any kind: repeated, empty, non-ASCII, sorted by UTF-16 units", async () => {
    const form: Form = [...messageTo(number.phoneNumber, { Body: "Ωμέγα 😀 & +" }), ["Tag", "b"], ["Tag", "a"], ["Tag", "b"], ["Empty", ""], ["\u{1F600}", "1"], ["\uFF61", "2"], ["AddOns", "forged"]];
    expect((await deliver(board.gateway, "/v1/IncomingMessages", upstream(UPSTREAM_TOKEN), form)).status).toBe(200);
    expect(board.webhook.requests.length).toBe(received + 1);
  });

  it.each(["?q=it's", "?q=it%27s", "?a=%20b&c=1+1&d=%c3%a9", "?tag=b&tag=a&empty=&flag", "?"])("signs the query as it was sent: %s", async (query) => {
    const form = messageTo(number.phoneNumber);
    const signature = upstream(UPSTREAM_TOKEN)(`${board.gateway.url}/v1/IncomingMessages${query}`, form)["X-Twilio-Signature"];
    const body = new URLSearchParams(form.map(([name, value]): [string, string] => [name, value])).toString();
    const head = [`POST /v1/IncomingMessages${query} HTTP/1.1`, `X-Twilio-Signature: ${signature}`, "Content-Type: application/x-www-form-urlencoded"];
    const answer = await rawRequest(board.gateway.url, head, [body]);
    expect([answer.status, board.webhook.requests.length]).toEqual([200, received + 1]);
  });

  it("is nobody without credentials: 401, and how to authenticate", async () => {
    for (const { headers } of await expectRefused(both(nobody), 401, 20003)) expect(headers.get("WWW-Authenticate")).toMatch(/^Basic realm="/);
    await expectRefused(both(nobody, newPhoneNumber()), 401, 20003);
  });

  it("is nobody with the operator's SID and another token, or with a made-up account: 401", async () => {
    await expectRefused(both(basic({ sid: board.gateway.operator.sid, secret: "0".repeat(32) })), 401, 20003);
    await expectRefused(both(basic({ sid: `AC${"1".repeat(32)}`, secret: "0".repeat(32) })), 401, 20003);
    await expectRefused(both(() => ({ Authorization: "Bearer x" })), 401, 20003);
  });

  it("is no other account by Basic, not even the number's own: 403", async () => {
    const { body: key } = await board.gateway.call<Login>(stranger, "POST", `/2010-04-01/Accounts/${stranger.sid}/Keys.json`, { form: {} });
    for (const login of [stranger, key, board.developer, board.owner]) await expectRefused(both(basic(login)), 403, 20403);
    await expectRefused(both(basic(stranger), newPhoneNumber()), 403, 20403);
  });

  it("is decided by Authorization where both are sent", async () => {
    await expectRefused(both(signedAndBasic({ sid: board.gateway.operator.sid, secret: "wrong" })), 401, 20003);
    await expectRefused(both(signedAndBasic(stranger)), 403, 20403);
  });

  it.each<{ what: string; sender: () => Sender }>([
    { what: "nothing", sender: () => () => ({ "X-Twilio-Signature": "" }) },
    { what: "nonsense", sender: () => () => ({ "X-Twilio-Signature": "not base64 !" }) },
    { what: "zeros", sender: () => () => ({ "X-Twilio-Signature": `${"A".repeat(27)}=` }) },
    { what: "a long text", sender: () => () => ({ "X-Twilio-Signature": "A".repeat(5_000) }) },
    { what: "an empty token", sender: () => upstream("") },
    { what: "the account's own auth token", sender: () => upstream(board.developer.secret) },
    { what: "the operator's auth token", sender: () => upstream(board.gateway.operator.secret) },
    { what: "another account's upstream token", sender: () => upstream("f".repeat(32)) },
    { what: "the token in capitals", sender: () => upstream(UPSTREAM_TOKEN.toUpperCase()) },
  ])("is nobody whose signature is of $what: 403", async ({ sender }) => {
    await expectRefused(both(sender()), 403, 20403);
  });

  it.each<{ what: string; options: Parameters<typeof deliver>[4] }>([
    { what: "another query", options: { query: "?a=1", headers: {} } },
    { what: "another form", options: { signedForm: [["To", "+14158675309"]] } },
  ])("is nobody whose signature is for $what: 403", async ({ options }) => {
    await expectRefused(both(signedFor((url) => url.replace("?a=1", "?a=2")), number.phoneNumber, options), 403, 20403);
  });

  it("is nobody who signed for the other resource, or for another host", async () => {
    const swapped = signedFor((url) => (url.includes("Messages") ? url.replace("Messages", "Calls") : url.replace("Calls", "Messages")));
    await expectRefused(both(swapped), 403, 20403);
    await expectRefused(both(signedFor((url) => url.replace("127.0.0.1", "gateway.example.com"))), 403, 20403);
  });

  it("is nobody for an account that has no UpstreamAuthToken, whatever is signed with: 403", async () => {
    const { gateway } = board;
    const bare = await gateway.account("Bare");
    const phoneNumber = newPhoneNumber();
    const created = await gateway.call(gateway.operator, "POST", `/2010-04-01/Accounts/${bare.sid}/IncomingPhoneNumbers.json`, { form: { PhoneNumber: phoneNumber, SmsUrl: `${board.webhook.origin}/hook`, VoiceUrl: `${board.webhook.origin}/hook` } });
    expect(created.status).toBe(201);
    for (const token of ["", "null", "undefined", bare.secret]) await expectRefused(both(upstream(token), phoneNumber), 403, 20403);
  });

  it("finds an unknown number with the operator's credentials, 404, and not with a signature, 403", async () => {
    await expectRefused(both(basic(board.gateway.operator), newPhoneNumber()), 404, 20404);
    const unknown = await expectRefused(both(upstream(UPSTREAM_TOKEN), newPhoneNumber()), 403, 20403);
    const wrong = await expectRefused(both(upstream("wrong")), 403, 20403);
    expect(unknown.map(messageOf), "the same as for a number that there is").toEqual(wrong.map(messageOf));
  });

  it("delivers nothing to an account that is suspended, and goes on when it is active again", async () => {
    const { gateway } = board;
    const path = `/2010-04-01/Accounts/${board.developer.sid}.json`;
    await gateway.call(gateway.operator, "POST", path, { form: { Status: "suspended" } });
    for (const sender of [basic(gateway.operator), upstream(UPSTREAM_TOKEN)]) {
      for (const { status } of await both(sender)) expect([403, 404]).toContain(status);
    }
    expect(board.webhook.requests.length).toBe(received);
    await gateway.call(gateway.operator, "POST", path, { form: { Status: "active" } });
    await expectDelivered(both(basic(gateway.operator)));
  });

  it("may keep the UpstreamAuthToken to itself: no answer shows it", async () => {
    const { gateway, developer } = board;
    for (const login of [developer, gateway.operator]) {
      for (const path of [`/2010-04-01/Accounts/${developer.sid}.json`, "/2010-04-01/Accounts.json"]) expect((await gateway.call(login, "GET", path)).text).not.toContain(UPSTREAM_TOKEN);
    }
    const updated = await gateway.call(developer, "POST", `/2010-04-01/Accounts/${developer.sid}.json`, { form: { UpstreamAuthToken: UPSTREAM_TOKEN } });
    expect(updated.text).not.toContain(UPSTREAM_TOKEN);
  });
});
