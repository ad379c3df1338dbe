import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageTo } from "../support/carrier.ts";
import { until } from "../support/gateway.ts";
import { answering } from "../support/loopback-publisher.ts";
import { assign, changeNumber, type OwnNumber } from "../support/phone-numbers.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";

const LIMIT_MS = 10_000;

describe("what was changed for messages and calls", () => {
  let board: Switchboard;
  beforeAll(async () => {
    board = await startSwitchboard();
  });
  afterAll(async () => {
    await board.stop();
    expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
  });

  const sql = async (text: string, ...values: string[]): Promise<void> => {
    const db = await board.gateway.miniflare.getD1Database("DB");
    expect((await db.prepare(text).bind(...values).run()).meta.changes).toBe(1);
  };
  /** Written to once, so that what the gateway remembers of it is fresh. */
  async function number(path: string): Promise<OwnNumber> {
    const made = await board.number(path);
    expect((await board.message(messageTo(made.phoneNumber))).status).toBe(200);
    return made;
  }
  /** Writes to a number again and again until it is so. */
  async function inForce(what: string, { phoneNumber }: OwnNumber, isSo: (status: number) => boolean): Promise<void> {
    const startedAtMs = Date.now();
    await until(what, async () => isSo((await board.message(messageTo(phoneNumber))).status), LIMIT_MS);
    expect(Date.now() - startedAtMs).toBeLessThan(LIMIT_MS);
  }

  it("counts with the next message: a URL, a method, and a number that was unknown a moment ago", async () => {
    const { gateway, developer, webhook } = board;
    const own = await number("/first");
    await changeNumber(gateway, developer, developer.sid, own, { SmsUrl: `${webhook.origin}/second` });
    await board.message(messageTo(own.phoneNumber));
    await changeNumber(gateway, developer, developer.sid, own, { SmsMethod: "GET" });
    await board.message(messageTo(own.phoneNumber));
    expect([webhook.requestsTo("/first").length, webhook.requestsTo("/second").map(({ method }) => method)]).toEqual([1, ["POST", "GET"]]);

    const later = { PhoneNumber: "+14155550100" };
    expect((await board.message(messageTo(later.PhoneNumber))).status).toBe(404);
    await board.number("/later", later);
    expect((await board.message(messageTo(later.PhoneNumber))).status).toBe(200);
  });

  // Another isolate's write drops nothing here: the database alone knows.
  describe.concurrent("takes effect within 10 s when another isolate wrote it", () => {
    it("a URL", async () => {
      const own = await number("/before");
      await sql("UPDATE phone_numbers SET sms_url = ?1 WHERE sid = ?2", `${board.webhook.origin}/after`, own.sid);
      await inForce("the new URL is called", own, () => board.webhook.requestsTo("/after").length > 0);
    });

    it("a number that is not verified any more", async () => {
      const own = await number("/verified");
      await sql("UPDATE phone_numbers SET is_verified = 0 WHERE sid = ?1", own.sid);
      await inForce("the switch delivers nothing", own, (status) => status === 404);
    });

    it("a number that was removed, and one that was added, which counts at once", async () => {
      const own = await number("/removed");
      await sql("UPDATE phone_numbers SET phone_number = '+14155550111' WHERE sid = ?1", own.sid);
      expect((await board.message(messageTo("+14155550111"))).status).toBe(200);
      await inForce("the old number is unknown", own, (status) => status === 404);
    });

    it("an install that is assigned elsewhere", async () => {
      const [own, other] = [await number("/assigned"), await number("/other")];
      const offer = await board.offerIncoming(answering({ ok: true }), { request: { body: { to: "{{secondary_address}}" } } });
      const callsHere = (): number => board.requestsTo(offer).filter(({ form }) => form["to"] === own.phoneNumber).length;
      await assign(board.gateway, board.developer, own, offer.installedSid);
      await board.message(messageTo(own.phoneNumber));
      expect(callsHere()).toBe(1);
      await sql("UPDATE assigned_add_ons SET phone_number_sid = ?1 WHERE installed_add_on_sid = ?2", other.sid, offer.installedSid);
      let calls = callsHere();
      await inForce("it does not run here", own, () => {
        const hasRun = callsHere() > calls;
        calls = callsHere();
        return !hasRun;
      });
    });

    it("a suspended account", async () => {
      const account = await board.gateway.account("Suspended later");
      const path = `/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers.json`;
      const phoneNumber = "+14155550122";
      expect((await board.gateway.call(board.gateway.operator, "POST", path, { form: { PhoneNumber: phoneNumber } })).status).toBe(201);
      expect((await board.message(messageTo(phoneNumber))).status).toBe(200);
      await sql("UPDATE accounts SET status = 'suspended' WHERE sid = ?1", account.sid);
      await inForce("nothing is delivered", { sid: "", phoneNumber }, (status) => status === 403);
    });
  });
});
