import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answering } from "../support/loopback-publisher.ts";
import type { Offer } from "../support/marketplace.ts";
import type { OwnNumber } from "../support/phone-numbers.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";

const FROM = "+442077651182";
const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

describe("what add-ons get of a message or call", () => {
  let board: Switchboard;
  let number: OwnNumber;
  /** Each takes all that its type and these integration points offer. */
  let analysis: Offer;
  let ofNumber: Offer;

  beforeAll(async () => {
    board = await startSwitchboard();
    number = await board.number("/hook");
    const common = { id: "{{request_sid}}", at: "{{unix_timestamp}}", constant: "as it is", hash: "{{SHA256:primary_address}}", language: "{{language}}", reason: "{{reason}}" };
    const addresses = { from: "{{primary_address}}", to: "{{secondary_address}}" };
    const change = { configuration_schema: { type: "object", properties: { language: { type: "string" } } }, runtime_fields: { reason: { required: false } } };
    const form = { Configuration: JSON.stringify({ language: "es" }) };
    // A runtime field needs Lookup, which is then what starts enabled; here it is switched over.
    const offered = await board.offer(answering({ ok: true }), { ...change, extensions: ["lookup", "sms-incoming", "voice-incoming"], request: { body: { ...common, ...addresses } } }, form);
    ofNumber = offered;
    const { reason: _reason, ...withoutRuntime } = common;
    const { runtime_fields: _fields, ...withoutFields } = change;
    analysis = await board.offer(
      answering({ ok: true }),
      { ...withoutFields, type: "message_analysis", extensions: ["sms-incoming"], request: { body: { ...withoutRuntime, ...addresses, text: "{{body}}", bodyHash: "{{SHA256:body}}" } } },
      form,
    );
    for (const extension of ["sms-incoming", "voice-incoming"]) await board.enable(ofNumber, extension);
  });
  afterAll(async () => {
    await board.stop();
    expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
  });

  it("is sender, recipient and text for message analysis [types-message, types-message-data, message-primary-address, message-secondary-address, message-body, template-all-points]", async () => {
    const text = "¿Dónde está?";
    const { addOns } = await board.received("message", number, { From: FROM, Body: text });
    const { form } = board.requireRequestTo(analysis);
    const requestSid = addOns.results[analysis.name]?.request_sid ?? "";
    expect(form).toEqual({
      id: requestSid,
      at: expect.stringMatching(/^\d{10}$/),
      constant: "as it is",
      hash: sha256(FROM),
      language: "es",
      from: FROM,
      to: number.phoneNumber,
      text,
      bodyHash: sha256(text),
    });
    expect(requestSid).toMatch(/^XR[0-9a-f]{32}$/);
  });

  it.each([
    { kind: "message" as const, title: "a message [types-phone-number-data, phone-number-primary-address, phone-number-secondary-address, template-all-points, template-runtime-lookup-only]" },
    { kind: "call" as const, title: "a call [types-phone-number-data, phone-number-primary-address, phone-number-secondary-address, template-all-points, template-runtime-lookup-only]" },
  ])("is both numbers, and no runtime field, for a phone-number add-on: $title", async ({ kind }) => {
    // What a sender calls runtime data is a parameter like any other.
    const { addOns, request } = await board.received(kind, number, { From: FROM, [`AddOns.${ofNumber.name}.reason`]: "from outside" });
    const { form } = board.requireRequestTo(ofNumber);
    expect(form).toEqual({
      id: addOns.results[ofNumber.name]?.request_sid,
      at: expect.stringMatching(/^\d{10}$/),
      constant: "as it is",
      hash: sha256(FROM),
      language: "es",
      from: FROM,
      to: number.phoneNumber,
    });
    expect(request.body[`AddOns.${ofNumber.name}.reason`]).toBe("from outside");
  });

  it.each([
    { what: "Spanish", text: "¡Qué mañana! ¿Está aquí el niño?" },
    { what: "Japanese", text: "電話番号アドオン" },
    { what: "right to left", text: "שלום مرحبا" },
    { what: "emoji beyond the first plane", text: "👩‍👩‍👧‍👦 🏳️‍🌈" },
    { what: "what a form escapes", text: "a+b & c=d %41 %zz;\t\"'<>\\" },
    { what: "lines", text: "one\ntwo\r\nthree\n" },
    { what: "blanks around it", text: "  in the middle  " },
    { what: "a NUL and a byte-order mark", text: "\uFEFFa\u0000b" },
    { what: "a template of its own", text: "{{primary_address}} {{SHA256:body}}" },
    { what: "a combining accent that is not composed", text: "e\u0301 is not \u00e9" },
    { what: "1,600 characters of three bytes each", text: "語".repeat(1_600) },
  ])("has the text in UTF-8, character by character: $what [message-body]", async ({ text }) => {
    const { request } = await board.received("message", number, { Body: text });
    const sent = board.requireRequestTo(analysis);
    expect(sent.form["text"]).toBe(text);
    expect(sent.form["bodyHash"]).toBe(sha256(text));
    expect(request.body["Body"]).toBe(text);
  });

  it("has an empty text where the message has one, as of a picture [message-body]", async () => {
    const { addOns } = await board.received("message", number, { Body: "", NumMedia: "1", MediaUrl0: "https://media.example.com/1" });
    expect(addOns.results[analysis.name]).toMatchObject({ status: "successful" });
    expect(board.requireRequestTo(analysis).form).toMatchObject({ text: "", bodyHash: sha256("") });
  });

  it("has no text where the message has no Body: 61009, nothing sent, while others run", async () => {
    const before = board.requestsTo(analysis).length;
    const { addOns } = await board.received("message", number, { Body: undefined });
    expect(addOns.results[analysis.name]).toMatchObject({ status: "failed", code: 61009, message: "Could not fulfill request with available data", result: {} });
    expect(addOns.results[ofNumber.name]).toMatchObject({ status: "successful" });
    expect(board.requestsTo(analysis)).toHaveLength(before);
  });

  it.each(["anonymous", "262966", "ACME", "client:alice", "sip:alice@example.com", "whatsapp:+14158675309", "", undefined])(
    "has no primary_address where From is no phone number, but is a webhook all the same: %s",
    async (from) => {
      const before = board.requestsTo(ofNumber).length;
      for (const kind of ["message", "call"] as const) {
        const { addOns, request } = await board.received(kind, number, { From: from });
        expect(addOns.results[ofNumber.name]).toMatchObject({ status: "failed", code: 61009 });
        expect(request.body["From"]).toBe(from);
      }
      expect(board.requestsTo(ofNumber)).toHaveLength(before);
    },
  );

  it("is checked against the request schema, by the fields' names [request-validation, request-validation-61003]", async () => {
    const schema = { type: "object", required: ["primary_address", "secondary_address", "body"], properties: { body: { type: "string", pattern: "^(?i)stop$" } } };
    const picky = await board.offerAnalysis(answering({ stopped: true }), { request_schema: schema });
    const refused = await board.received("message", number, { Body: "Please go on" });
    expect(refused.addOns.results[picky.name]).toMatchObject({ status: "failed", code: 61003 });
    expect(board.requestsTo(picky)).toHaveLength(0);
    const taken = await board.received("message", number, { Body: "STOP" });
    expect(taken.addOns.results[picky.name]).toMatchObject({ status: "successful", result: { stopped: true } });
  });

  it("names the integration point in the log, for both sides", async () => {
    for (const [kind, point] of [["message", "sms-incoming"], ["call", "voice-incoming"]] as const) {
      const { addOns } = await board.received(kind, number);
      const sid = addOns.results[ofNumber.name]?.request_sid ?? "";
      for (const login of [board.developer, board.owner]) expect(await board.logged(login, sid)).toMatchObject({ sid, integration_point: point, status: "successful" });
    }
  });
});
