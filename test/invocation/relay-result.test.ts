import { describe, expect, it } from "vitest";
import twilio from "twilio";
import type { WebhookAttempt } from "../../src/domain/incoming/webhook-answer.ts";
import type { WebhookRequest } from "../../src/domain/incoming/webhook-request.ts";
import { hmacKey } from "../../src/domain/request/signature.ts";
import type { Clock } from "../../src/invocation/ports.ts";
import { relayResult } from "../../src/invocation/relay-result.ts";

const TOKEN = "developer-token";
const PARAMETERS: [string, string][] = [["AccountSid", "AC1"], ["AddOns", '{"a":"ü & =+"}']];

/** A clock on which no time passes, unless a timer is struck. */
function heldClock(): { clock: Clock; timers: Map<number, () => void> } {
  const timers = new Map<number, () => void>();
  const after: Clock["after"] = (delayMs, callback) => {
    timers.set(delayMs, callback);
    return () => void timers.delete(delayMs);
  };
  return { timers, clock: { nowMs: () => 0, random: () => 0.5, after } };
}

async function relayed(attempt: WebhookAttempt, url = "https://developer.example.com/relay?a=1") {
  const sent: WebhookRequest[] = [];
  const { clock, timers } = heldClock();
  const webhook = { send: async (request: WebhookRequest) => (sent.push(request), attempt) };
  const result = await relayResult({ url, parameters: PARAMETERS, signingKey: await hmacKey("SHA-1", TOKEN), idempotencyToken: "XR1" }, { webhook, clock });
  return { result, sent, timers };
}

const answered = (status: number): WebhookAttempt => ({ kind: "answered", status, mediaType: null, body: new Uint8Array() });

describe("a relay", () => {
  it("is a form POST that the official client's check takes, with the same token each time", async () => {
    const { sent } = await relayed(answered(200));
    const [request] = sent;
    expect(request).toMatchObject({ method: "POST", url: "https://developer.example.com/relay?a=1", headers: { "I-Twilio-Idempotency-Token": "XR1" } });
    const form = Object.fromEntries(new URLSearchParams(request?.body ?? ""));
    expect(form).toEqual(Object.fromEntries(PARAMETERS));
    expect(twilio.validateRequest(TOKEN, request?.headers["X-Twilio-Signature"] ?? "", request?.url ?? "", form)).toBe(true);
  });

  it.each<[string, WebhookAttempt, number | null, boolean]>([
    ["200", answered(200), 200, true],
    ["204", answered(204), 204, true],
    ["a body that is larger than anybody wants", { kind: "too_large", status: 200 }, 200, true],
    ["a body in an encoding of its own", { kind: "encoded", status: 201 }, 201, true],
    ["a redirect", { kind: "refused_status", status: 302 }, 302, false],
    ["404", { kind: "refused_status", status: 404 }, 404, false],
    ["410", { kind: "refused_status", status: 410 }, 410, false],
    ["500", { kind: "refused_status", status: 500 }, 500, false],
    ["nothing in time", { kind: "timed_out" }, null, false],
    ["nothing at all", { kind: "unreachable", reason: "the connection failed" }, null, false],
    ["a URL that may not be called", { kind: "url_refused", reason: "is on a private network" }, null, false],
  ])("that is answered with %s", async (_what, attempt, status, isDelivered) => {
    const { result } = await relayed(attempt);
    expect(result).toMatchObject({ status, isDelivered });
    expect(result.detail).toMatch(/^It .+\.$/);
  });

  it("is given up after 15 s, and leaves no timer behind", async () => {
    const { clock, timers } = heldClock();
    const webhook = {
      send: (_request: WebhookRequest, { signal }: { signal: AbortSignal }) =>
        new Promise<WebhookAttempt>((resolve) => {
          signal.addEventListener("abort", () => resolve({ kind: "timed_out" }));
          timers.get(15_000)?.();
        }),
    };
    const result = await relayResult({ url: "https://developer.example.com/", parameters: [], signingKey: await hmacKey("SHA-1", TOKEN), idempotencyToken: "XR1" }, { webhook, clock });
    expect(result).toEqual({ status: null, detail: "It had not answered completely after 15 s.", isDelivered: false });
    expect(timers.size).toBe(0);
  });
});
