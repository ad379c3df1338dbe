import { describe, expect, test } from "vitest";
import { answeringDefinitions, type Definition } from "../../examples/publishers/definitions.ts";
import { verifyRequest } from "../../examples/publishers/verify-request.ts";
import { gatewayRequest } from "./gateway-request.ts";

const origin = "https://publisher.test";
const authToken = "5d41402abc4b2a76b9719d911017c592";
const NOW = Date.parse("2026-01-31T23:59:59Z");
const all = answeringDefinitions(origin, { anagramsPassword: "p", numberInsightToken: "t", spamScoreKey: "k", messageSentimentKey: "m", soundAnalysisPassword: "s" });
const fieldsAt = (time: string) => ({ request_sid: `XR${"0".repeat(32)}`, primary_address: "+18778894546", reason: "call", body: "Hello", unix_timestamp: time });

/** With the time where a definition can have it: in the query, and in the body, nested and hashed. */
function withTimes(definition: Definition): Definition {
  const times = { at: "{{unix_timestamp}}" };
  const { query = {}, body = {}, body_format } = definition.request;
  const nested = body_format === "json" ? { nested: { ...times, list: ["{{unix_timestamp}}"] } } : { hashed: "{{SHA256:unix_timestamp}}" };
  return { ...definition, request: { ...definition.request, query: { ...query, ...times }, ...(body_format !== "none" && { body: { ...body, ...times, ...nested } }) } };
}

function fingerprintOf(definition: Definition, fields: Record<string, string>, dateMs: number): string {
  const { target, ...request } = gatewayRequest(definition, fields, { authToken, date: new Date(dateMs) });
  const received = { ...request, target, body: Buffer.from(request.body) };
  const verification = verifyRequest(received, { origin, authTokens: [authToken], definition, nowMs: dateMs });
  if (!verification.verified) throw new Error(verification.refusal.code);
  return verification.request.fingerprint;
}

describe.each(all.map(withTimes))("the fingerprint of a request to $unique_name", (definition) => {
  const first = fingerprintOf(definition, fieldsAt("1769903999"), NOW);

  test("does not change with the time, wherever the definition puts it", () => {
    expect(fingerprintOf(definition, fieldsAt("1769904035"), NOW + 36_000)).toBe(first);
  });

  test("changes with everything else", () => {
    expect(fingerprintOf(definition, { ...fieldsAt("1769903999"), primary_address: "+18778894547", body: "Bye" }, NOW)).not.toBe(first);
    const { query } = definition.request;
    const other = { ...definition, request: { ...definition.request, query: { ...query, v: "2" } } };
    expect(fingerprintOf(other, fieldsAt("1769903999"), NOW)).not.toBe(first);
  });
});
