import { describe, expect, test } from "vitest";
import type { RecordingOutcome } from "../../../src/domain/recording/recording-invocation.ts";
import { afterRelay, relayParameters } from "../../../src/domain/recording/relay.ts";
import { ORDER } from "../../support/recording-orders.ts";

const SUCCESS: RecordingOutcome = { failure: null, priceMicros: 5_000, canceled: false, refusal: false };
const REFUSED: RecordingOutcome = { failure: { kind: "rejected", detail: "The publisher refused the audio." }, priceMicros: 0, canceled: false, refusal: true };
const RECORDING = `https://gateway.example.com/2010-04-01/Accounts/${ORDER.accountSid}/Recordings/${ORDER.recordingSid}`;
const RESULT = `${RECORDING}/AddOnResults/${ORDER.xr}`;
const LINKS = { add_on_result: `${RESULT}.json`, payloads: `${RESULT}/Payloads.json`, recording: `${RECORDING}.json` };

const addOnsOf = (parameters: [string, string][]): unknown => JSON.parse(new Map(parameters).get("AddOns") ?? "");
const relayOf = (outcome: RecordingOutcome, order = ORDER) => relayParameters(order, outcome, "XH1", "https://gateway.example.com");

describe("what a developer is told", () => {
  test("of a result is where to fetch it", () => {
    const parameters = relayOf(SUCCESS);
    expect(parameters.slice(0, 2)).toEqual([["AccountSid", ORDER.accountSid], ["RecordingSid", ORDER.recordingSid]]);
    expect(addOnsOf(parameters)).toEqual({
      status: "successful",
      message: null,
      code: null,
      results: {
        sound: { request_sid: ORDER.xr, status: "successful", message: null, code: null, payload: [{ content_type: "application/json", url: `${RESULT}/Payloads/XH1/Data` }], links: LINKS },
      },
    });
  });

  test("of a channel is which one", () => {
    expect(addOnsOf(relayOf(SUCCESS, { ...ORDER, channel: 2 }))).toMatchObject({ results: { sound: { channel: 2 } } });
  });

  test.each([
    ["a failure", { ...REFUSED, refusal: false, failure: { kind: "timed_out", detail: "Too late." } } as const, 61001, "Too late."],
    ["a refusal", REFUSED, 61002, "The publisher refused the audio."],
  ])("of %s is its code, with no payload", (_name, outcome, code, detail) => {
    expect(addOnsOf(relayOf(outcome))).toMatchObject({ status: "successful", code: null, results: { sound: { status: "failed", code, message: expect.any(String), detail, payload: [], links: LINKS } } });
  });
});

describe("after an attempt", () => {
  const failed = { status: 500, detail: "", isDelivered: false };
  const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

  test.each([
    [1, 5 * SECOND], [2, 5 * MINUTE], [3, 30 * MINUTE], [4, 2 * HOUR], [5, 5 * HOUR], [6, 10 * HOUR], [7, 14 * HOUR], [8, 20 * HOUR], [9, 24 * HOUR],
  ])("that failed, number %i, the next is %i ms later, 20 %% more or less", (attempts, delayMs) => {
    expect(afterRelay(failed, attempts, 0)).toEqual({ kind: "again", delayMs: delayMs * 0.8 });
    expect(afterRelay(failed, attempts, 0.5)).toEqual({ kind: "again", delayMs });
    const latest = afterRelay(failed, attempts, 0.999_999);
    expect(latest.kind === "again" && latest.delayMs / delayMs).toBeCloseTo(1.2, 3);
  });

  test("that was the tenth there is none", () => {
    expect([afterRelay(failed, 10, 0.5), afterRelay(failed, 11, 0.5)]).toEqual([{ kind: "dead" }, { kind: "dead" }]);
  });

  test.each([["was delivered", 200, true, "delivered"], ["found that nobody wants it any more", 410, false, "stopped"]])("that %s it is over, at whichever number", (_name, status, isDelivered, kind) => {
    for (const attempts of [1, 10]) expect(afterRelay({ status, detail: "", isDelivered }, attempts, 0.5)).toEqual({ kind });
  });
});
