import { expect, it } from "vitest";
import { fieldsSent } from "../../../src/domain/catalog/fields-sent.ts";

it("names each template field of the query and the body once, in the order of the request", () => {
  const query = { sid: "{{request_sid}}", v: "1" };
  const body = { number: { e164: "{{primary_address}}", list: ["to {{secondary_address}}", "{{primary_address}}"] }, debug: true };
  expect(fieldsSent({ query, body })).toEqual([
    { name: "request_sid", hashed: false },
    { name: "primary_address", hashed: false },
    { name: "secondary_address", hashed: false },
  ]);
});

it.each([
  ["only hashed", { a: "{{SHA256:primary_address}}" }, {}, true],
  ["hashed twice", { a: "{{SHA256:primary_address}}" }, { b: "x {{SHA256:primary_address}}" }, true],
  ["hashed, then as it is", { a: "{{SHA256:primary_address}}" }, { b: "{{primary_address}}" }, false],
  ["as it is, then hashed", { a: "{{primary_address}}" }, { b: "{{SHA256:primary_address}}" }, false],
])("marks a field as hashed only when it never leaves as it is: %s", (_case, query, body, hashed) => {
  expect(fieldsSent({ query, body })).toEqual([{ name: "primary_address", hashed }]);
});

it("knows that a binary body is the audio", () => {
  expect(fieldsSent({ query: { callback: "{{callback_url}}" }, body: "{{audio_data}}" })).toEqual([
    { name: "callback_url", hashed: false },
    { name: "audio_data", hashed: false },
  ]);
});
