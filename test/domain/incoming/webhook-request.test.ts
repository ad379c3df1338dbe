import { describe, expect, test } from "vitest";
import twilio from "twilio";
import { hmacKey } from "../../../src/domain/request/signature.ts";
import { shownUrl, webhookRequest } from "../../../src/domain/incoming/webhook-request.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const made = async (url: string, parameters: [string, string][], method: "GET" | "POST" = "POST") =>
  webhookRequest({ url, method }, parameters, { signingKey: await hmacKey("SHA-1", TOKEN), idempotencyToken: "seed" });

/** As Express reads a form: a name that is repeated becomes a list. */
function readForm(body: string | null): Record<string, string | string[]> {
  const form: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(body ?? "")) form[name] = name in form ? [form[name] ?? [], value].flat() : value;
  return form;
}

describe("the official client accepts a webhook", () => {
  const parameters: [string, string][] = [
    ["Body", "Grüße, 世界 🎉 \r\n \"quoted\" 'single' & = + % #"],
    ["Empty", ""],
    ["Tag", "b"],
    ["Tag", "a"],
    ["Tag", "a"],
    ["AddOns", JSON.stringify({ results: { spam: { result: { text: 'She said "no" 🙃' } } } })],
    ["Media[0].Url", "https://example.com/?a=1&b=2"],
  ];
  const urls = [
    "https://developer.example.com/sms",
    "https://developer.example.com/sms?customer=4711&tag=a&tag=b",
    "https://developer.example.com:8443/sms?name=O'Neil%20%C3%A9+x",
    "https://developer.example.com:443/sms",
    "http://127.0.0.1:3000/a(b)/c~d?q=[1]",
    "https://developer.example.com/sms#rc=2&ct=5000",
    "https://DEVELOPER.example.com",
    "https://developer.example.com/sms?",
    "https://developer.example.com/sms?a=1&",
  ];
  test.each(urls)("to %s", async (url) => {
    const request = await made(url, parameters);
    expect(twilio.validateRequest(TOKEN, request.headers["X-Twilio-Signature"] ?? "", request.url, readForm(request.body))).toBe(true);
    expect(request.headers["Content-Type"]).toBe("application/x-www-form-urlencoded; charset=UTF-8");
  });
  test.each(urls)("by GET to %s, with every parameter in the query", async (url) => {
    const request = await made(url, parameters, "GET");
    expect(twilio.validateRequest(TOKEN, request.headers["X-Twilio-Signature"] ?? "", request.url, {})).toBe(true);
    expect([...new URL(request.url).searchParams]).toEqual([...new URL(url).searchParams, ...parameters]);
    expect(request.body).toBe(null);
  });
  test("whose parameters changed: not", async () => {
    const request = await made("https://developer.example.com/sms", parameters);
    expect(twilio.validateRequest(TOKEN, request.headers["X-Twilio-Signature"] ?? "", request.url, { ...readForm(request.body), Body: "other" })).toBe(false);
  });
});

describe("user info", () => {
  test("is sent as Basic, decoded, and is neither in the URL nor signed", async () => {
    const request = await made("https://us%40er:p%3Aass%25%C3%A9@developer.example.com/sms", []);
    expect(request.url).toBe("https://developer.example.com/sms");
    expect(request.headers["Authorization"]).toBe(`Basic ${Buffer.from("us@er:p:ass%é").toString("base64")}`);
    expect(twilio.validateRequest(TOKEN, request.headers["X-Twilio-Signature"] ?? "", "https://developer.example.com/sms", {})).toBe(true);
  });
  test("that escapes nothing stands for itself", async () => {
    expect((await made("https://user:100%25%@developer.example.com/", [])).headers["Authorization"]).toBe(`Basic ${Buffer.from("user:100%25%").toString("base64")}`);
  });
  test("is masked where a URL is shown", () => {
    expect(shownUrl("https://user:secret@developer.example.com/sms?a=1")).toBe("https://***:***@developer.example.com/sms?a=1");
    expect(shownUrl("https://user@developer.example.com/")).not.toContain("user@");
  });
});
