import { describe, expect, test } from "vitest";
import { incomingContent, incomingParameters } from "../../../src/domain/incoming/incoming-parameters.ts";
import type { IncomingKind } from "../../../src/domain/incoming/incoming-kind.ts";

type Entries = [string, string][];
const message: Entries = [["MessageSid", "SM1"], ["From", "+14155550123"], ["To", "+14155550199"], ["Body", "Hello"]];
const call: Entries = [["CallSid", "CA1"], ["From", "+14155550123"], ["To", "+14155550199"]];
const but = (entries: Entries, name: string, value?: string): Entries => entries.flatMap(([known, old]): Entries => (known !== name ? [[known, old]] : value === undefined ? [] : [[name, value]]));

function contentOf(kind: IncomingKind, entries: Entries): Record<string, string> {
  const parameters = incomingParameters(kind, entries);
  if (!parameters.ok) throw new Error(JSON.stringify(parameters.error));
  return Object.fromEntries(incomingContent(parameters.value));
}

describe("what add-ons are told", () => {
  const numbers = { primary_address: "+14155550123", secondary_address: "+14155550199" };
  const cases: [name: string, kind: IncomingKind, entries: Entries, content: Record<string, string>][] = [
    ["of a message: both numbers and its text", "message", message, { ...numbers, body: "Hello" }],
    ["of a call: both numbers", "call", call, numbers],
    ["of a call with a Body: no text, which a call does not have", "call", [...call, ["Body", "Hello"]], numbers],
    ["of an empty message: its empty text", "message", but(message, "Body", ""), { ...numbers, body: "" }],
    ["of a message without Body: no text", "message", but(message, "Body"), numbers],
    ["of a sender without the plus: its E.164 form", "message", but(message, "From", "14155550123"), { ...numbers, body: "Hello" }],
    ["of a well-formed number that is in no numbering plan today: the number", "message", but(message, "From", "+5215512345678"), { primary_address: "+5215512345678", secondary_address: "+14155550199", body: "Hello" }],
    ["of a plus that a form made a space: the number that was meant", "message", but(but(message, "From", " 14155550123"), "To", " 14155550199"), { ...numbers, body: "Hello" }],
    ...["Acme", "12345", "", "anonymous", "sip:alice@example.com", "whatsapp:+14155550123", "+0", "+1415555012345678"].map((from): [string, IncomingKind, Entries, Record<string, string>] => [
      `of the sender ${JSON.stringify(from)}, which is no phone number: only the other fields`,
      "message",
      but(message, "From", from),
      { secondary_address: "+14155550199", body: "Hello" },
    ]),
    ["of a sender who is not named: only the other fields", "call", but(call, "From"), { secondary_address: "+14155550199" }],
  ];
  test.each(cases)("%s", (_name, kind, entries, content) => {
    expect(contentOf(kind, entries)).toEqual(content);
  });
});

describe("a delivery is refused, by the parameter's name,", () => {
  const cases: [name: string, kind: IncomingKind, entries: Entries, parameter: string][] = [
    ["without MessageSid", "message", but(message, "MessageSid"), "MessageSid"],
    ["with an empty MessageSid", "message", but(message, "MessageSid", ""), "MessageSid"],
    ["with a MessageSid of 256 characters", "message", but(message, "MessageSid", "S".repeat(256)), "MessageSid"],
    ["without CallSid, though it has a MessageSid", "call", [...but(call, "CallSid"), ["MessageSid", "SM1"]], "CallSid"],
    ["without To", "message", but(message, "To"), "To"],
    ["with two To", "message", [...message, ["To", "+14155550111"]], "To"],
    ["with two From", "message", [...message, ["From", "+14155550111"]], "From"],
    ["with two SIDs", "call", [...call, ["CallSid", "CA2"]], "CallSid"],
  ];
  test.each(cases)("%s", (_name, kind, entries, parameter) => {
    expect(incomingParameters(kind, entries)).toMatchObject({ ok: false, error: { kind: "invalid", parameter } });
  });
});

test.each([["+14155550199", "+14155550199"], ["+4402077651182", "+442077651182"], ["+1 (415) 555-0199", "+14155550199"], ["+5215512345678", "+5215512345678"], ["alice", null], ["+44", null]])("a To of %s is the number %s", (to, e164) => {
  expect(incomingParameters("message", but(message, "To", to))).toMatchObject({ ok: true, value: { to: e164 } });
});
