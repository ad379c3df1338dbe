import { describe, expect, it } from "vitest";
import { checkConfiguration, fillableSchema } from "../../../src/domain/catalog/configuration.ts";

const urlPolicy = { allowInsecure: false, ownOrigin: "https://gateway.example.com", allowUserInfo: false };

const schema = {
  type: "object",
  properties: {
    language: { type: "string", enum: ["en_US", "en_UK"] },
    limit: { type: "number" },
    verbose: { type: "boolean", default: false },
  },
  required: ["language"],
};
const phoneNumber = { type: "phone_number" as const, configuration_schema: schema };
const recording = { type: "recording_analysis" as const, configuration_schema: { ...schema, additionalProperties: false } };

describe("a configuration", () => {
  it("keeps what fits the schema, and takes the schema's default for what is left out", () => {
    expect(checkConfiguration(phoneNumber, { language: "en_UK", limit: 2.5 }, urlPolicy)).toEqual({ ok: true, value: { verbose: false, language: "en_UK", limit: 2.5 } });
  });

  it("keeps a chosen value over the default", () => {
    expect(checkConfiguration(phoneNumber, { language: "en_US", verbose: true }, urlPolicy)).toEqual({ ok: true, value: { verbose: true, language: "en_US" } });
  });

  it.each([
    ["a required element is missing", {}, "language"],
    ["a value is not one of the list", { language: "de_DE" }, "language"],
    ["a value has another type", { language: "en_US", limit: "2" }, "limit"],
    ["a value is an object", { language: "en_US", limit: { a: 1 } }, "limit"],
    ["a value is null", { language: "en_US", limit: null }, "limit"],
    ["a number is too large to be one", { language: "en_US", limit: Number.POSITIVE_INFINITY }, "limit"],
    ["a value is too long", { language: "x".repeat(4_097) }, "language"],
    ["an element is not declared", { language: "en_US", colour: "red" }, "colour"],
    ["an element has the name of a template field", { language: "en_US", request_sid: "XR" }, "request_sid"],
    ["another type of add-on gets a callback URL", { language: "en_US", callback_url: "https://www.example.com/" }, "callback_url"],
  ])("is refused by the element's name when %s", (_case, input, field) => {
    expect(checkConfiguration(phoneNumber, input, urlPolicy)).toMatchObject({ ok: false, error: { field } });
  });

  it("of a recording add-on takes a callback URL with credentials, beside a schema that refuses other elements", () => {
    const input = { language: "en_US", callback_url: "https://user:secret@www.example.com/results?a=1", callback_method: "POST" };
    expect(checkConfiguration(recording, input, urlPolicy)).toEqual({ ok: true, value: { verbose: false, ...input } });
  });

  it.each([
    ["callback_url", "http://www.example.com/"],
    ["callback_url", "https://127.0.0.1/"],
    ["callback_url", "https://gateway.example.com/v1/Recordings"],
    ["callback_url", "not a URL"],
    ["callback_url", 7],
    ["callback_method", "GET"],
    ["callback_method", null],
  ])("of a recording add-on is refused for %s %j", (field, value) => {
    expect(checkConfiguration(recording, { language: "en_US", [field]: value }, urlPolicy)).toMatchObject({ ok: false, error: { field } });
  });
});

describe("the schema that a developer fills in", () => {
  it("is the publisher's own for phone numbers and messages", () => {
    expect(fillableSchema("phone_number", schema)).toEqual(schema);
    expect(fillableSchema("message_analysis", schema)).toEqual(schema);
  });

  it("has the elements of the relay for recordings, beside the publisher's own", () => {
    const { properties, required } = fillableSchema("recording_analysis", schema);
    expect(Object.keys(properties as object)).toEqual(["language", "limit", "verbose", "callback_url", "callback_method"]);
    expect(required).toEqual(["language"]);
  });
});
