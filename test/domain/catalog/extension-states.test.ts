import { describe, expect, it } from "vitest";
import { extensionsOf, initialStates, movedStates } from "../../../src/domain/catalog/extension-states.ts";

describe("the extensions of a new install", () => {
  it("are only enabled at Lookup, where an add-on has to be asked for by name", () => {
    expect(initialStates(["lookup", "sms-incoming", "voice-incoming"])).toEqual({ lookup: true, "sms-incoming": false, "voice-incoming": false });
  });

  it("are all enabled when the add-on has no Lookup", () => {
    expect(initialStates(["sms-incoming", "voice-incoming"])).toEqual({ "sms-incoming": true, "voice-incoming": true });
    expect(initialStates(["recording-verb", "recording-dial"])).toEqual({ "recording-verb": true, "recording-dial": true });
  });
});

describe("the extensions of an install that moves to another version", () => {
  it("stay as they were, and none starts to run by itself", () => {
    const before = { lookup: false, "sms-incoming": true };
    expect(movedStates(before, ["lookup", "sms-incoming", "voice-incoming"])).toEqual({ lookup: false, "sms-incoming": true, "voice-incoming": false });
  });

  it("are only those of the new version", () => {
    expect(movedStates({ lookup: true, "sms-incoming": true }, ["lookup"])).toEqual({ lookup: true });
    expect(movedStates({ "sms-incoming": false }, ["sms-incoming", "lookup"])).toEqual({ "sms-incoming": false, lookup: true });
  });
});

it("extensions stand in the guide's order, whatever the order in which they were stored", () => {
  expect(extensionsOf({ "voice-incoming": true, lookup: false })).toEqual(["lookup", "voice-incoming"]);
});
