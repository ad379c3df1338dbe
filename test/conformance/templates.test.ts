import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookUp } from "../support/add-ons.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

/** Fields that a request has beside the content: two runtime fields, and configuration of each type. */
const VENDOR_FIELDS = {
  runtime_fields: { reason: { required: false }, depth: { required: false } },
  configuration_schema: {
    type: "object",
    properties: { language: { type: "string" }, level: { type: "integer" }, ratio: { type: "number" }, strict: { type: "boolean" } },
  },
};

describe("template fields", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  /** What a JSON body with these values becomes in one Lookup. */
  async function render(body: Record<string, unknown>, configuration: Record<string, unknown> = {}, data: Record<string, string> = {}): Promise<Record<string, unknown>> {
    const offer = await market.offer(answering({ ok: true }), { ...VENDOR_FIELDS, request: { body_format: "json", body } }, { Configuration: JSON.stringify(configuration) });
    const result = await market.run(offer, Object.fromEntries(Object.entries(data).map(([field, value]) => [`AddOns.${offer.name}.${field}`, value])));
    expect(result.status).toBe("successful");
    return JSON.parse(market.requireRequestTo(offer).body) as Record<string, unknown>;
  }

  it("sends a text without fields as the constant that it is [template-constant]", async () => {
    const constants = { version: "1", empty: "", braces: "{ } {x} }} {", dollars: "${x} %s", json: '{"a":1}' };
    expect(await render(constants)).toEqual(constants);
  });

  it("fills in the number looked up, in E.164 [phone-number-primary-address, parameters-templates]", async () => {
    expect(await render({ whole: "{{primary_address}}", inside: "tel:{{primary_address}};v=1" })).toEqual({ whole: "+18778894546", inside: "tel:+18778894546;v=1" });
  });

  it("fills in a request SID that is new for every request, the same in parameter, header and result [template-request-sid, headers-request-sid, security-unique-request-sid]", async () => {
    const offer = await market.offer(answering({ ok: true }));
    const sids = new Set<string>();
    for (let call = 0; call < 3; call++) {
      const { request_sid: sid } = await market.run(offer);
      const received = market.requireRequestTo(offer);
      expect(sid).toMatch(/^XR[0-9a-f]{32}$/);
      expect([received.form["id"], received.headers["x-twilio-requestsid"]]).toEqual([sid, sid]);
      sids.add(sid);
    }
    expect(sids.size).toBe(3);
  });

  it("gives each add-on of one request a request SID of its own [template-request-sid]", async () => {
    const [one, two] = [await market.offer(answering({})), await market.offer(answering({}))];
    await lookUp(market.gateway, market.developer, [one.name, two.name]);
    expect(market.requireRequestTo(one).form["id"]).not.toBe(market.requireRequestTo(two).form["id"]);
  });

  it("fills in the time as whole seconds, which is the invocation's own date [template-unix-timestamp]", async () => {
    const offer = await market.offer(answering({}), { request: { body_format: "json", body: { at: "{{unix_timestamp}}", text: "t={{unix_timestamp}}" } } });
    const before = Math.floor(Date.now() / 1_000);
    await market.run(offer);
    const { body, url } = market.requireRequestTo(offer);
    const { at, text } = JSON.parse(body) as { at: number; text: string };
    expect(Number.isInteger(at)).toBe(true);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Math.floor(Date.now() / 1_000));
    expect(text).toBe(`t=${at}`);
    expect(Date.parse(url.searchParams.get("InvocationDate") ?? "")).toBe(at * 1_000);
  });

  it("fills in the SHA-256 of any field's text, in lower-case hex [template-sha256]", async () => {
    const body = { number: "{{SHA256:primary_address}}", inside: "sha256:{{SHA256:primary_address}}", reason: "{{SHA256:reason}}", level: "{{SHA256:level}}", strict: "{{SHA256:strict}}", sid: "{{SHA256:request_sid}}", clear: "{{request_sid}}" };
    const sent = await render(body, { level: 7, strict: false }, { reason: "é 😀" });
    expect(sent).toEqual({
      number: sha256("+18778894546"),
      inside: `sha256:${sha256("+18778894546")}`,
      reason: sha256("é 😀"),
      level: sha256("7"),
      strict: sha256("false"),
      sid: sha256(String(sent["clear"])),
      clear: sent["clear"],
    });
  });

  it("keeps a configuration element's type where it is the whole JSON value, and is text everywhere else [template-configuration-field, configuration-types]", async () => {
    const body = { language: "{{language}}", level: "{{level}}", ratio: "{{ratio}}", strict: "{{strict}}", inside: "{{language}}/{{level}}/{{ratio}}/{{strict}}" };
    const sent = await render(body, { language: "en_US", level: 7, ratio: 0.25, strict: false });
    expect(sent).toEqual({ language: "en_US", level: 7, ratio: 0.25, strict: false, inside: "en_US/7/0.25/false" });
  });

  it("sends configuration as text in a query and a form [template-configuration-field]", async () => {
    const parameters = { level: "{{level}}", strict: "{{strict}}" };
    const offer = await market.offer(answering({}), { ...VENDOR_FIELDS, request: { query: parameters, body: parameters } }, { Configuration: '{"level": 7, "strict": true}' });
    await market.run(offer);
    const { form, url } = market.requireRequestTo(offer);
    expect(form).toEqual({ level: "7", strict: "true" });
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ level: "7", strict: "true" });
  });

  it("sends runtime data as text, also where it reads as a number or a template [template-runtime-field]", async () => {
    const body = { reason: "{{reason}}", depth: "{{depth}}" };
    expect(await render(body, {}, { reason: "{{primary_address}}", depth: "5" })).toEqual({ reason: "{{primary_address}}", depth: "5" });
  });

  it("leaves a parameter out when the optional field that it is has no value, at any depth [template-runtime-field, template-configuration-field]", async () => {
    const body = { reason: "{{reason}}", language: "{{language}}", hash: "{{SHA256:reason}}", nested: { reason: "{{reason}}", kept: "1" }, list: ["{{reason}}", "kept"] };
    expect(await render(body)).toEqual({ nested: { kept: "1" }, list: ["kept"] });
  });

  it("leaves it out of a query and a form too [template-runtime-field]", async () => {
    const offer = await market.offer(answering({}), { ...VENDOR_FIELDS, request: { query: { reason: "{{reason}}" }, body: { reason: "{{reason}}", kept: "1" } } });
    await market.run(offer);
    const { form, url } = market.requireRequestTo(offer);
    expect(form).toEqual({ kept: "1" });
    expect([...url.searchParams.keys()]).toEqual(["InvocationDate", "InvocationTtlMs"]);
  });

  it("is empty inside a longer text when an optional field has no value [template-runtime-field]", async () => {
    expect(await render({ note: "why: {{reason}}; how: {{language}}{{SHA256:depth}}." })).toEqual({ note: "why: ; how: ." });
  });

  it("gives an add-on its own runtime data, never another's of the same name [template-runtime-field]", async () => {
    const change = { runtime_fields: { reason: {} }, request: { body: { reason: "{{reason}}" } } };
    const [one, two] = [await market.offer(answering({}), change), await market.offer(answering({}), change)];
    await lookUp(market.gateway, market.developer, [one.name, two.name], { [`AddOns.${one.name}.reason`]: "first", [`AddOns.${two.name}.reason`]: "second" });
    expect([market.requireRequestTo(one).form, market.requireRequestTo(two).form]).toEqual([{ reason: "first" }, { reason: "second" }]);
  });

  it("fails with 61003, and sends nothing, when a required runtime field has no value [template-runtime-field]", async () => {
    const offer = await market.offer(answering({}), { extensions: ["lookup"], runtime_fields: { reason: { required: true } }, request: { body: { reason: "{{reason}}" } } });
    expect(await market.run(offer)).toMatchObject({ status: "failed", code: 61003, detail: expect.stringContaining("reason") });
    expect(market.requestsTo(offer)).toEqual([]);
    expect(await market.run(offer, { [`AddOns.${offer.name}.reason`]: "onboarding" })).toMatchObject({ status: "successful" });
  });

  it("fails with 61009, and sends nothing, when Lookup has no value for a content field [phone-number-secondary-address, parameters-only-necessary]", async () => {
    for (const value of ["{{secondary_address}}", "to {{secondary_address}}", "{{SHA256:secondary_address}}"]) {
      const offer = await market.offer(answering({}), { request: { body: { to: value } } });
      const result = await market.run(offer);
      expect(result).toMatchObject({ status: "failed", code: 61009, message: "Could not fulfill request with available data", result: {}, detail: expect.stringContaining("secondary_address") });
      expect(market.requestsTo(offer)).toEqual([]);
      expect(await market.logged(market.developer, result.request_sid)).toMatchObject({ code: 61009, price: "0.00", counts_against_sla: false, attempts: [] });
    }
  });
});
