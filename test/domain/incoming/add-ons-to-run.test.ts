import { describe, expect, test } from "vitest";
import type { IntegrationPoint } from "../../../src/domain/catalog/add-on-type.ts";
import type { UnusableAddOn } from "../../../src/domain/catalog/install.ts";
import { addOnsToRun } from "../../../src/domain/incoming/add-ons-to-run.ts";

const install = (enabledAt: IntegrationPoint[], isAssigned: boolean): UnusableAddOn => ({
  sid: "XE1",
  installSid: "XD1",
  addOnSid: "XB1",
  uniqueName: "add_on",
  enabledAt: new Set(enabledAt),
  isAssigned,
  dailyCapMicros: null,
  version: { sid: "XC1", unitPriceMicros: 0 },
  sunsetAtMs: null,
  publisher: { sid: "AC1", status: "active" },
});

const ON: IntegrationPoint[] = ["sms-incoming"];

describe.each([
  ["nowhere", false, [], true],
  ["here", true, ["XE1"], true],
  ["here and elsewhere", true, ["XE1", "XE2"], true],
  ["elsewhere", true, [], false],
  ["elsewhere, where another is assigned here", true, ["XE2"], false],
])("an install that is assigned %s", (_where, isAssigned, assigned, runs) => {
  test.each([
    ["with its extension enabled", ON, runs],
    ["with only another extension enabled", ["voice-incoming", "lookup"] as IntegrationPoint[], false],
    ["with none enabled", [], false],
  ])("%s", (_extension, enabledAt, expected) => {
    const running = addOnsToRun(new Map([["add_on", install(enabledAt, isAssigned)]]), new Set(assigned), "sms-incoming");
    expect(running.has("add_on")).toBe(expected);
  });
});
