import { randomBytes } from "node:crypto";
import { addOnPricing } from "./gateway.ts";

/** What a publisher would really register: the guide's request pattern, and an answer whose shape is checked. */
export function lookupAddOn(uniqueName: string, publisherUrl: string, pricing = addOnPricing) {
  return {
    unique_name: uniqueName,
    friendly_name: `Benchmark ${uniqueName}`,
    description: "Answers always the same.",
    type: "phone_number",
    extensions: ["lookup", "sms-incoming"],
    request: {
      method: "POST",
      url: publisherUrl,
      body_format: "form",
      body: { e164: "{{primary_address}}", id: "{{request_sid}}" },
      credentials: { type: "basic", username: "gateway", password: randomBytes(12).toString("hex") },
    },
    request_schema: {
      $schema: "http://json-schema.org/draft-04/schema#",
      type: "object",
      properties: { primary_address: { type: "string", pattern: "^\\+(91|1)+[0-9]*$" } },
      required: ["primary_address"],
    },
    response_schema: {
      $schema: "http://json-schema.org/draft-04/schema#",
      type: "object",
      properties: { anagrams: { type: "array", items: { type: "string" } } },
      required: ["anagrams"],
    },
    pricing,
  };
}
