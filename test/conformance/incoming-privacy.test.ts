import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { basic, callTo, deliver, messageTo, newSid, upstream, type Delivered, type Form, type Sender } from "../support/carrier.ts";
import { startDeveloperWebhook, type DeveloperWebhook } from "../support/developer-webhook.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher, type Respond } from "../support/loopback-publisher.ts";
import { addNumber, newPhoneNumber, setUpstreamAuthToken, type OwnNumber } from "../support/phone-numbers.ts";
import { databaseRows, filesLeft, findings, type Stored } from "../support/stored-data.ts";

const hex = (): string => randomBytes(16).toString("hex");
const FROM = "+442077651182";

/** What must stand nowhere; each is unmistakable. */
const PERSONAL = {
  "the sender's digits": "2077651182",
  "a message's text": `text-${hex()}`,
  "a parameter that nobody knows": `city-${hex()}`,
  "a publisher's answer": `answer-${hex()}`,
  "the webhook's answer": `twiml-${hex()}`,
};
const SECRETS = { "the upstream token": hex(), "the number's user info": `password-${hex()}`, "the carrier's SID": newSid("SM").slice(2) };

/** One add-on for each way in which an invocation can end. */
const WAYS: { what: string; respond?: Respond; change?: Record<string, unknown> }[] = [
  { what: "successful", respond: answering({ found: PERSONAL["a publisher's answer"] }) },
  { what: "server error", respond: answering({ found: PERSONAL["a publisher's answer"] }, 500) },
  { what: "client error", respond: answering({ found: PERSONAL["a publisher's answer"] }, 403) },
  { what: "redirected", respond: (request, response) => void response.writeHead(302, { Location: `/elsewhere?n=${request.form["from"]}` }).end() },
  { what: "not JSON", respond: (_request, response) => void response.writeHead(200).end(PERSONAL["a publisher's answer"]) },
  { what: "reset", respond: (_request, _response, socket) => void socket.destroy() },
  { what: "too large", respond: answering({ found: PERSONAL["a publisher's answer"], filler: "x".repeat(65_536) }) },
  { what: "response schema refused", respond: answering({ found: PERSONAL["a publisher's answer"] }), change: { response_schema: { type: "object", required: ["more"] } } },
  { what: "request schema refused", change: { request_schema: { type: "object", properties: { body: { type: "string", pattern: "^never$" } } } } },
];

describe("the privacy of messages and calls", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let webhook: DeveloperWebhook;
  let stateDir: string;
  let developer: Login;
  let number: OwnNumber;
  const refusals: Stored[] = [];

  beforeAll(async () => {
    stateDir = await mkdtemp(resolve(tmpdir(), "dipswitch-incoming-privacy-"));
    [gateway, publisher] = await Promise.all([startGateway({}, stateDir), startPublisher()]);
    const owner = await gateway.account("Publisher");
    developer = await gateway.account("Developer", "10");
    publisher.authTokens.set(owner.sid, owner.secret);
    webhook = await startDeveloperWebhook(developer.secret);
    await setUpstreamAuthToken(gateway, developer, SECRETS["the upstream token"]);
    for (const [index, { respond, change }] of WAYS.entries()) {
      if (respond) publisher.on(`/${index}`, respond);
      const request = { body: { from: "{{primary_address}}", to: "{{secondary_address}}", text: "{{body}}", hash: "{{SHA256:body}}" } };
      await install(gateway, developer, await publish(gateway, owner, definition(publisher, `/${index}`, { type: "message_analysis", extensions: ["sms-incoming"], request, ...change })));
    }
    publisher.on("/call", answering({ found: PERSONAL["a publisher's answer"] }));
    await install(gateway, developer, await publish(gateway, owner, definition(publisher, "/call", { extensions: ["voice-incoming"] })));

    webhook.on("/hook", (_request, response) => void response.type("text/xml").send(`<Response><Message>${PERSONAL["the webhook's answer"]}</Message></Response>`));
    webhook.onRaw("/failing", (_request, response) => void response.writeHead(500).end(PERSONAL["the webhook's answer"]));
    webhook.onRaw("/large", (_request, response) => void response.writeHead(200).end(PERSONAL["the webhook's answer"].repeat(2_000)));
    number = await addTo("/hook");
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), publisher.stop(), webhook.stop()]);
    await rm(stateDir, { recursive: true, force: true });
    expect([...publisher.violations, ...webhook.violations]).toEqual([]);
  });

  function addTo(path: string, more: Record<string, string> = {}): Promise<OwnNumber> {
    const url = webhook.origin + path;
    return addNumber(gateway, gateway.operator, developer.sid, { SmsUrl: url, VoiceUrl: url, ...more });
  }
  const personal = { From: FROM, FromCity: PERSONAL["a parameter that nobody knows"] };
  const message = (to = number.phoneNumber, change: Record<string, string | undefined> = {}): Form => messageTo(to, { ...personal, Body: PERSONAL["a message's text"], ...change });
  const sendMessage = (form: Form, sender: Sender = basic(gateway.operator)): Promise<Delivered> => deliver(gateway, "/v1/IncomingMessages", sender, form);
  const sendCall = (to: string): Promise<Delivered> => deliver(gateway, "/v1/IncomingCalls", basic(gateway.operator), callTo(to, personal));

  it("stands the test of messages and calls that are answered, replayed, and analysed in every way", async () => {
    const form = message(number.phoneNumber, { MessageSid: `SM${SECRETS["the carrier's SID"]}`, SmsSid: undefined });
    for (const sender of [basic(gateway.operator), upstream(SECRETS["the upstream token"])]) expect((await sendMessage(form, sender)).text).toContain(PERSONAL["the webhook's answer"]);
    expect((await sendMessage(message(), upstream(SECRETS["the upstream token"]))).status).toBe(200);
    expect((await sendCall(number.phoneNumber)).text).toContain(PERSONAL["the webhook's answer"]);
    expect(publisher.requests.filter(({ form: sent }) => sent["text"] === PERSONAL["a message's text"]).length).toBeGreaterThanOrEqual(WAYS.length - 1);
  });

  it("stands the test of URLs that fail, with and without a fallback, by GET, or that are not there", async () => {
    const secretUrl = `${webhook.origin.replace("://", `://user:${SECRETS["the number's user info"]}@`)}/failing`;
    for (const to of [await addTo("/failing"), await addTo("/large"), await addTo("/failing", { SmsUrl: secretUrl, SmsFallbackUrl: `${webhook.origin}/hook` })]) {
      const answer = await sendMessage(message(to.phoneNumber));
      if (answer.status === 502) refusals.push({ place: "502", text: answer.text });
      expect([200, 502]).toContain(answer.status);
      expect([200, 502]).toContain((await sendCall(to.phoneNumber)).status);
    }
    expect((await sendMessage(message((await addTo("/hook", { SmsMethod: "GET" })).phoneNumber))).status).toBe(200);
    expect((await sendMessage(message((await addTo("/hook", { SmsUrl: "" })).phoneNumber))).status).toBe(200);
  });

  it("quotes nothing of what it refuses", async () => {
    const unknown = newPhoneNumber();
    const wrong: [Form, Sender][] = [
      [message(FROM), basic(gateway.operator)],
      [message(unknown), basic(gateway.operator)],
      [message(FROM), upstream("wrong")],
      [message(number.phoneNumber), basic(developer)],
      [message(PERSONAL["a message's text"]), basic(gateway.operator)],
      [message(number.phoneNumber, { MessageSid: PERSONAL["a message's text"].repeat(20) }), basic(gateway.operator)],
      [[...message(), ["To", FROM]], basic(gateway.operator)],
      [[...message(), ...Array.from({ length: 1_000 }, (_, index): [string, string] => [`${PERSONAL["a parameter that nobody knows"]}${index}`, FROM])], basic(gateway.operator)],
    ];
    for (const [form, sender] of wrong) {
      const { status, text } = await sendMessage(form, sender);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      refusals.push({ place: String(status), text });
    }
    expect(refusals.length).toBeGreaterThan(wrong.length);
    expect(findings(refusals, { ...PERSONAL, ...SECRETS, "an unknown number": unknown.slice(1) })).toEqual([]);
  });

  it("shows the developer the country and the last four digits of the sender, and no more", async () => {
    const { body, text } = await gateway.call<{ invocations: { integration_point: string; phone_number: unknown }[] }>(developer, "GET", "/v1/Invocations?PageSize=1000");
    expect(body.invocations.length).toBeGreaterThan(WAYS.length);
    for (const { phone_number } of body.invocations) expect(phone_number).toEqual({ country_code: "GB", last_four: "1182" });
    const alerts = await gateway.call(developer, "GET", "/v1/Alerts?PageSize=1000");
    const told = [{ place: "invocations", text }, { place: "alerts", text: alerts.text }];
    // A message's SID is its developer's to know.
    const { "the carrier's SID": _sid, ...secrets } = SECRETS;
    expect(findings(told, { ...PERSONAL, ...secrets, "the recipient's digits": number.phoneNumber.slice(1) })).toEqual([]);
    const found = await gateway.call<{ invocations: unknown[] }>(developer, "GET", `/v1/Invocations?PageSize=1000&PhoneNumber=${encodeURIComponent(FROM)}`);
    expect(found.body.invocations.length).toBe(body.invocations.length);
  });

  it("keeps nothing of it in the database, in the log, in the objects or in any file, but what is encrypted", async () => {
    const rows = await databaseRows(gateway);
    await gateway.stop();
    const files = await filesLeft(stateDir);
    const lines = gateway.logs.map((text) => ({ place: "log", text }));
    // The answers that are kept for a replay, and the results that a failed delivery goes on from, are encrypted.
    const tokens = { "the developer's token": developer.secret, "the operator's token": gateway.operator.secret, "the upstream token": SECRETS["the upstream token"] };
    expect(findings([...rows, ...files, ...lines], { ...PERSONAL, ...tokens })).toEqual([]);
    // A number's own URLs are its account's configuration, and stand with it alone.
    const withPassword = findings(rows, { it: SECRETS["the number's user info"] });
    expect(new Set(withPassword)).toEqual(new Set(["it in D1 phone_numbers"]));
    expect(findings(lines, { it: SECRETS["the number's user info"], to: number.phoneNumber.slice(1), sid: SECRETS["the carrier's SID"] })).toEqual([]);
    // The recipient's number is its account's configuration too: it stands with the number and nowhere else.
    expect(new Set(findings(rows, { it: number.phoneNumber.slice(1) }))).toEqual(new Set(["it in D1 phone_numbers"]));
    expect(files.some(({ place, text }) => place.endsWith(" claims") && text.length > 300)).toBe(true);
  });
});
