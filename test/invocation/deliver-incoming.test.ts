import twilio from "twilio";
import { describe, expect, test } from "vitest";
import type { BeginReply, FinishReply } from "../../src/domain/billing/claim.ts";
import type { SettleReply } from "../../src/domain/billing/desk.ts";
import { incomingParameters } from "../../src/domain/incoming/incoming-parameters.ts";
import type { WebhookAttempt } from "../../src/domain/incoming/webhook-answer.ts";
import type { WebhookRequest } from "../../src/domain/incoming/webhook-request.ts";
import { hmacKey } from "../../src/domain/request/signature.ts";
import { deliverIncoming, type IncomingRequest } from "../../src/invocation/deliver-incoming.ts";
import { jumpingClock, scriptedDesk, type Turn } from "../support/scripted-desk.ts";

const PN = `PN${"1".repeat(32)}`;
const text = (bytes: Uint8Array | null | undefined): string => (bytes ? new TextDecoder().decode(bytes) : "");
const seal = async (answer: string): Promise<Uint8Array> => new TextEncoder().encode(`sealed ${answer}`);
const open = async (sealed: Uint8Array): Promise<string> => text(sealed).replace(/^sealed /, "");
const answered = (body: string): WebhookAttempt => ({ kind: "answered", status: 200, mediaType: "text/xml", body: new TextEncoder().encode(body) });
const refused = (status: number): WebhookAttempt => ({ kind: "refused_status", status });
const unexpected = (): never => {
  throw new Error("this was not to happen");
};

type Account = { isActive: boolean; token: string };
type Script = { accounts?: Account[]; begin?: Turn<BeginReply>[]; settle?: Turn<SettleReply>[]; finish?: Turn<FinishReply>[]; webhook?: WebhookAttempt[] };
type Change = Partial<IncomingRequest["delivery"]["webhook"]> & { leavesAddOnsOut?: boolean; more?: [string, string][]; addOns?: IncomingRequest["addOns"] };

const run: BeginReply = { kind: "run", seed: "seed" };
const ok: SettleReply = { kind: "ok", leftMicros: 900 };
/** One add-on, which is not installed: it fails by itself, without a publisher. */
const oneAddOn: IncomingRequest["addOns"] = new Map([["spam_score", null]]);

async function deliver(script: Script, { leavesAddOnsOut = false, addOns = oneAddOn, more = [], ...webhook }: Change = {}) {
  const clock = jumpingClock();
  const { desk, settles, finishes } = scriptedDesk({ begin: [run], settle: [ok], finish: [{ kind: "ok" }], ...script });
  const calls: WebhookRequest[] = [];
  const attempts = [...(script.webhook ?? [])];
  const accounts = [...(script.accounts ?? [])];
  const parameters = incomingParameters("message", [["MessageSid", `SM${"2".repeat(32)}`], ["From", "+14155550123"], ["To", "+14155550199"], ["Body", "Hi"], ["AddOns", "forged"], ...more]);
  if (!parameters.ok) throw new Error("unreadable");
  const request: IncomingRequest = {
    delivery: {
      incoming: parameters.value,
      accountSid: "AC1",
      phoneNumberSid: PN,
      webhook: { url: "https://user:secret@developer.example.com/sms", method: "POST", fallbackUrl: null, fallbackMethod: "POST", ...webhook },
      leavesAddOnsOut,
    },
    addOns,
    content: new Map(),
    number: null,
    idempotency: { key: "k", print: "delivery", seal, open },
  };
  const answer = await deliverIncoming(request, {
    ...clock,
    desk: { ...desk, balance: unexpected },
    publisher: { send: unexpected },
    webhook: {
      send: async (sent) => {
        calls.push(sent);
        return attempts.shift() ?? unexpected();
      },
    },
    balances: new Map(),
    reachedCaps: new Map(),
    recipient: async () => {
      const { isActive, token } = accounts.shift() ?? { isActive: true, token: "token" };
      return { isActive, signingKey: await hmacKey("SHA-1", token) };
    },
    randomBytes: (count) => new Uint8Array(count).fill(7),
    report: unexpected,
    ended: () => undefined,
  });
  await Promise.all(clock.background);
  const alerts = finishes.flatMap((finish) => finish.alerts.map((alert) => JSON.parse(alert) as Record<string, unknown>));
  const forms = calls.map(({ body }) => Object.fromEntries(new URLSearchParams(body ?? "")));
  return { answer, settles, finishes, calls, forms, alerts };
}

const storedAnswer = (body: string): string => JSON.stringify({ status: 200, mediaType: "text/xml", body });

describe("a message", () => {
  test("is settled, then delivered with what was settled, and its answer kept and given back", async () => {
    const { answer, settles, finishes, forms } = await deliver({ webhook: [answered("<Response/>")] });
    expect(answer).toMatchObject({ kind: "answered", isReplay: false, answer: { status: 200, mediaType: "text/xml" } });
    expect(settles[0]?.keyed).toEqual({ key: "k", seed: "seed", progress: await seal(forms[0]?.["AddOns"] ?? "") });
    expect(JSON.parse(forms[0]?.["AddOns"] ?? "")).toMatchObject({ status: "successful", results: { spam_score: { status: "failed", code: 61003 } } });
    expect(finishes).toMatchObject([{ key: "k", seed: "seed", alerts: [] }]);
    expect(text(finishes[0]?.answer)).toBe(`sealed ${storedAnswer("<Response/>")}`);
  });

  test("without add-ons is settled with nobody: the claim and its end are all that the desk hears", async () => {
    const { settles, finishes, forms } = await deliver({ webhook: [answered("ok")] }, { addOns: new Map() });
    expect(settles).toEqual([]);
    expect(finishes).toHaveLength(1);
    expect(JSON.parse(forms[0]?.["AddOns"] ?? "")).toEqual({ status: "successful", message: null, code: null, results: {} });
  });

  test("that was answered before is not run again, and its answer keeps every byte", async () => {
    const body = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    const { answer, calls } = await deliver({ begin: [{ kind: "replay", answer: await seal(storedAnswer(body)) }] });
    expect(answer).toMatchObject({ kind: "answered", isReplay: true, answer: { status: 200, body: Uint8Array.from({ length: 256 }, (_, byte) => byte) } });
    expect(calls).toEqual([]);
  });

  test("whose webhook failed before goes on from what was settled: no add-on runs and nothing is charged again", async () => {
    const { settles, forms } = await deliver({ begin: [{ kind: "run", seed: "first", progress: await seal('{"results":"of the first run"}') }], webhook: [answered("ok")] });
    expect(settles).toEqual([]);
    expect(forms[0]?.["AddOns"]).toBe('{"results":"of the first run"}');
  });

  test("goes on from what another run has settled meanwhile", async () => {
    const { forms } = await deliver({ settle: [{ kind: "resume", progress: await seal("theirs") }], webhook: [answered("ok")] });
    expect(forms[0]?.["AddOns"]).toBe("theirs");
  });

  test("gives way to a run that ended first, before its webhook or after it", async () => {
    const theirs = await seal(storedAnswer("theirs"));
    const before = await deliver({ settle: [{ kind: "replay", answer: theirs }] });
    const after = await deliver({ webhook: [answered("ours")], finish: [{ kind: "replay", answer: theirs }] });
    for (const { answer } of [before, after]) expect(answer).toMatchObject({ kind: "answered", isReplay: true, answer: { body: new TextEncoder().encode("theirs") } });
    expect(before.calls).toEqual([]);
  });

  test("that may have been settled or not is not delivered: its carrier sends it again", async () => {
    const { answer, calls, finishes } = await deliver({ settle: ["lost", "lost", "lost", "lost"] });
    expect([answer.kind, calls]).toEqual(["unavailable", []]);
    // The key is given back, so that the next try need not wait for this run's time to be over.
    expect(finishes).toMatchObject([{ key: "k", seed: "seed", answer: null, alerts: [] }]);
  });

  test("is delivered though the desk cannot take its usage, which is then not charged", async () => {
    const { answer, forms } = await deliver({ settle: [{ kind: "unsound", problem: "a bug" }], webhook: [answered("ok")] });
    expect(answer.kind).toBe("answered");
    expect(JSON.parse(forms[0]?.["AddOns"] ?? "")).toEqual({ status: "failed", message: "Internal server error", code: 61000, results: {} });
  });

  test("whose results were forgotten is delivered without them", async () => {
    const { settles, forms } = await deliver({ begin: [{ kind: "run", seed: "first", progress: new Uint8Array(0) }], webhook: [answered("ok")] });
    expect(settles).toEqual([]);
    expect(JSON.parse(forms[0]?.["AddOns"] ?? "")).toEqual({ status: "successful", message: null, code: null, results: {} });
  });

  test("for an account that was suspended meanwhile runs nothing, and gives its key back", async () => {
    const { answer, settles, calls, finishes } = await deliver({ accounts: [{ isActive: false, token: "token" }] });
    expect([answer, settles, calls]).toEqual([{ kind: "account_not_active" }, [], []]);
    expect(finishes).toMatchObject([{ answer: null }]);
  });

  test("is delivered though the desk can keep no further key", async () => {
    const { answer, settles } = await deliver({ begin: [{ kind: "full", waitMs: 60_000 }], webhook: [answered("ok")], finish: [{ kind: "gone" }] });
    expect(answer).toMatchObject({ kind: "answered", isReplay: false });
    expect(settles[0]?.keyed).toBe(undefined);
  });

  test("is answered though its answer could not be kept", async () => {
    const { answer } = await deliver({ webhook: [answered("ok")], finish: ["lost", "lost", "lost", "lost"] });
    expect(answer).toMatchObject({ kind: "answered", isReplay: false });
  });

  test.each<[BeginReply | "overloaded", string]>([
    ["overloaded", "unavailable"],
    [{ kind: "conflict" }, "forgotten"],
  ])("that cannot be begun (%j) is %s, and nothing is called", async (begin, kind) => {
    const { answer, calls, settles } = await deliver({ begin: [begin] });
    expect([answer.kind, calls, settles]).toEqual([kind, [], []]);
  });
});

describe("a webhook that fails", () => {
  const fallback = { fallbackUrl: "https://developer.example.com/fallback" };

  test("has its fallback called with the same results and the reason, and its account told", async () => {
    const { answer, forms, calls, alerts } = await deliver({ webhook: [refused(500), answered("saved")] }, fallback);
    expect(answer).toMatchObject({ kind: "answered" });
    expect(calls.map(({ url }) => url)).toEqual(["https://developer.example.com/sms", "https://developer.example.com/fallback"]);
    expect(forms[1]).toEqual({ ...forms[0], ErrorCode: "11200", ErrorUrl: "https://***:***@developer.example.com/sms" });
    expect(alerts).toMatchObject([
      { error_code: 11200, log_level: "error", request_method: "POST", request_url: "https://***:***@developer.example.com/sms", resource_sid: `SM${"2".repeat(32)}`, account_sid: "AC1" },
    ]);
    expect(JSON.stringify(alerts)).not.toMatch(/secret|\+1415|Hi/);
  });

  test("has its fallback signed with the token that is valid by then, and not called for an account that is suspended by then", async () => {
    const active = { isActive: true, token: "old" };
    const rotated = await deliver({ accounts: [active, active, { isActive: true, token: "new" }], webhook: [refused(500), answered("saved")] }, fallback);
    const [first, second] = rotated.calls;
    expect(twilio.validateRequest("old", first?.headers["X-Twilio-Signature"] ?? "", first?.url ?? "", rotated.forms[0] ?? {})).toBe(true);
    expect(twilio.validateRequest("new", second?.headers["X-Twilio-Signature"] ?? "", second?.url ?? "", rotated.forms[1] ?? {})).toBe(true);
    const suspended = await deliver({ accounts: [active, active, { isActive: false, token: "old" }], webhook: [refused(500)] }, fallback);
    expect([suspended.answer, suspended.calls.length]).toEqual([{ kind: "account_not_active" }, 1]);
    expect(suspended.finishes).toMatchObject([{ answer: null, alerts: [expect.stringContaining("11200")] }]);
  });

  test("replaces what its carrier calls ErrorCode and ErrorUrl, and leaves them alone where nothing failed", async () => {
    const more: [string, string][] = [["ErrorCode", "30007"], ["ErrorUrl", "https://carrier.example.com/"]];
    const { forms, calls } = await deliver({ webhook: [refused(500), answered("saved")] }, { ...fallback, more });
    expect(forms.map((form) => form["ErrorCode"])).toEqual(["30007", "11200"]);
    expect([...new URLSearchParams(calls[1]?.body ?? "")].filter(([name]) => name.startsWith("Error"))).toHaveLength(2);
  });

  test("whose fallback is called with GET: the account is told that it did not get the results", async () => {
    const { calls, alerts } = await deliver({ webhook: [refused(500), answered("saved")] }, { ...fallback, fallbackMethod: "GET" });
    expect(calls[1]?.method).toBe("GET");
    expect(alerts.map((alert) => alert["error_code"])).toEqual([11200, 61006]);
  });

  test("and its fallback too: an alert for each, no answer kept, the key given back at once", async () => {
    const { answer, finishes, alerts } = await deliver({ webhook: [refused(302), { kind: "too_large", status: 200 }] }, fallback);
    expect(answer).toEqual({ kind: "webhook_failed", code: 11750 });
    expect(finishes).toMatchObject([{ answer: null, seed: "seed" }]);
    expect(alerts.map((alert) => alert["error_code"])).toEqual([11200, 11750]);
  });

  const failures: [failure: WebhookAttempt, code: number, text: RegExp][] = [
    [refused(301), 11200, /status 301; redirects are not followed/],
    [refused(404), 11200, /status 404/],
    [{ kind: "timed_out" }, 11200, /after 15 s/],
    [{ kind: "unreachable", reason: "the connection failed" }, 11200, /the connection failed/],
    [{ kind: "url_refused", reason: "must not lead back to the gateway itself" }, 11200, /was not called: its URL must not lead back/],
    [{ kind: "encoded", status: 200 }, 11200, /neither gzip nor br/],
    [{ kind: "too_large", status: 200 }, 11750, /larger than 65536 bytes/],
  ];
  test.each(failures)("as %j", async (failure, code, alertText) => {
    const { answer, alerts } = await deliver({ webhook: [failure] });
    expect(answer).toEqual({ kind: "webhook_failed", code });
    expect(alerts).toMatchObject([{ error_code: code, alert_text: expect.stringMatching(alertText) }]);
  });
});

test("a stored URL that is none is told of, and the fallback called", async () => {
  const { answer, alerts } = await deliver({ webhook: [answered("saved")] }, { url: "not a URL", fallbackUrl: "https://developer.example.com/fallback" });
  expect(answer.kind).toBe("answered");
  expect(alerts).toMatchObject([{ error_code: 11200, alert_text: expect.stringMatching(/must be an absolute URL/) }]);
});

describe("a number", () => {
  test("without a URL: empty TwiML, and its account is told that nobody heard of the message", async () => {
    const { answer, calls, alerts } = await deliver({}, { url: null, addOns: new Map() });
    expect(answer).toMatchObject({ kind: "answered", answer: { status: 200, mediaType: "text/xml", body: new TextEncoder().encode("<Response/>") } });
    expect(calls).toEqual([]);
    expect(alerts).toMatchObject([{ error_code: 11200, log_level: "warning", alert_text: `The number ${PN} has no SmsUrl, so nobody was told.` }]);
  });

  test("that is called with GET: the parameters in the query, no AddOns, and a warning that add-ons were left out", async () => {
    const { calls, alerts } = await deliver({ webhook: [answered("ok")] }, { method: "GET", addOns: new Map(), leavesAddOnsOut: true });
    expect(Object.fromEntries(new URL(calls[0]?.url ?? "").searchParams)).toEqual({ MessageSid: `SM${"2".repeat(32)}`, From: "+14155550123", To: "+14155550199", Body: "Hi" });
    expect(alerts).toMatchObject([{ error_code: 61006, log_level: "warning" }]);
  });
});
