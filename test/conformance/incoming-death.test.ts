import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { basic, callTo, deliver, messageTo } from "../support/carrier.ts";
import { parameterOf, startDeveloperWebhook, type DeveloperWebhook } from "../support/developer-webhook.ts";
import { startGateway, until, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher, type LoopbackPublisher, type Respond } from "../support/loopback-publisher.ts";
import { addNumber, type OwnNumber } from "../support/phone-numbers.ts";

const MINUTE_MS = 60_000;
const secrets = { OPERATOR_ACCOUNT_SID: `AC${randomBytes(16).toString("hex")}`, OPERATOR_AUTH_TOKEN: randomBytes(16).toString("hex"), ENCRYPTION_KEY: `k1:${randomBytes(32).toString("base64")}` };

/** A delivery whose process died keeps its claim for a while: that while is over. */
async function ageClaims(stateDir: string): Promise<number> {
  const entries = await readdir(stateDir, { recursive: true });
  let aged = 0;
  for (const file of entries.filter((entry) => entry.includes("AccountDesk") && entry.endsWith(".sqlite"))) {
    const db = new DatabaseSync(resolve(stateDir, file));
    try {
      const isDesk = db.prepare("SELECT name FROM sqlite_master WHERE name = 'claims'").get() !== undefined;
      if (isDesk) aged += Number(db.prepare("UPDATE claims SET claimed_at = claimed_at - ?1 WHERE answer IS NULL").run(MINUTE_MS).changes);
    } finally {
      db.close();
    }
  }
  return aged;
}

const cutOff = (promise: Promise<unknown>): Promise<"cut off" | "answered"> => promise.then(() => "answered" as const, () => "cut off" as const);

describe("a gateway that dies", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let webhook: DeveloperWebhook;
  let stateDir: string;
  let developer: Login;
  let number: OwnNumber;
  let respond: Respond;

  beforeAll(async () => {
    stateDir = await mkdtemp(resolve(tmpdir(), "dipswitch-death-"));
    [gateway, publisher] = await Promise.all([startGateway(secrets, stateDir), startPublisher()]);
    const owner = await gateway.account("Publisher");
    developer = await gateway.account("Developer", "10");
    publisher.authTokens.set(owner.sid, owner.secret);
    publisher.on("/counted", (request, response, socket) => respond(request, response, socket));
    await install(gateway, developer, await publish(gateway, owner, definition(publisher, "/counted", { extensions: ["sms-incoming", "voice-incoming"] })));
    webhook = await startDeveloperWebhook(developer.secret);
    number = await addNumber(gateway, gateway.operator, developer.sid, { SmsUrl: `${webhook.origin}/hook`, VoiceUrl: `${webhook.origin}/hook` });
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), publisher.stop(), webhook.stop()]);
    await rm(stateDir, { recursive: true, force: true });
    expect([...publisher.violations, ...webhook.violations]).toEqual([]);
  });

  async function dieAndStartAgain(): Promise<void> {
    await gateway.stop();
    expect(await ageClaims(stateDir)).toBe(1);
    gateway = await startGateway(secrets, stateDir);
  }
  const spent = async (): Promise<string> => (await gateway.call<{ spent: string }>(gateway.operator, "GET", `/v1/Operator/Accounts/${developer.sid}/Desk`)).body.spent;
  const count: Respond = (_request, response) => void response.writeHead(200).end(`{"count":${publisher.requests.length}}`);

  it("between settling and the webhook's answer delivers the message once more, with the same results, and charges nothing again", async () => {
    respond = count;
    let isHolding = true;
    webhook.on("/hook", (_request, response) => (isHolding ? undefined : void response.type("text/xml").send("<Response>after</Response>")));
    const form = messageTo(number.phoneNumber);
    const first = cutOff(deliver(gateway, "/v1/IncomingMessages", basic(gateway.operator), form));
    await until("the webhook is called", () => webhook.requests.length === 1);
    expect(await spent()).toBe("0.0001");
    await dieAndStartAgain();
    expect(await first).toBe("cut off");

    isHolding = false;
    const again = await deliver(gateway, "/v1/IncomingMessages", basic(gateway.operator), form);
    expect([again.status, again.text, again.headers.get("Idempotent-Replayed")]).toEqual([200, "<Response>after</Response>", null]);
    expect(webhook.requests.map((request) => parameterOf(request, "AddOns"))).toEqual(Array.from({ length: 2 }, () => expect.stringContaining('"count":1}')));
    expect(new Set(webhook.requests.map((request) => parameterOf(request, "AddOns"))).size).toBe(1);
    expect([publisher.requests.length, await spent()]).toEqual([1, "0.0001"]);
    const replay = await deliver(gateway, "/v1/IncomingMessages", basic(gateway.operator), form);
    expect([replay.text, replay.headers.get("Idempotent-Replayed")]).toEqual(["<Response>after</Response>", "true"]);
    expect(webhook.requests).toHaveLength(2);
  });

  it("before it settles runs the add-ons of a call again under the same request SIDs, and charges once", async () => {
    let isHolding = true;
    respond = (request, response, socket) => (isHolding ? undefined : count(request, response, socket));
    const [before, calls, webhooks] = [await spent(), publisher.requests.length, webhook.requests.length];
    const form = callTo(number.phoneNumber);
    const first = cutOff(deliver(gateway, "/v1/IncomingCalls", basic(gateway.operator), form));
    await until("the publisher is called", () => publisher.requests.length === calls + 1);
    await dieAndStartAgain();
    expect(await first).toBe("cut off");
    expect(await spent()).toBe(before);

    isHolding = false;
    const again = await deliver(gateway, "/v1/IncomingCalls", basic(gateway.operator), form);
    expect(again.status).toBe(200);
    const [one, two, ...more] = publisher.requests.slice(calls).map(({ headers }) => headers["x-twilio-requestsid"]);
    expect([two, more]).toEqual([one, []]);
    expect([await spent(), webhook.requests.length]).toEqual(["0.0002", webhooks + 1]);
  });
});
