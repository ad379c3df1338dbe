import { describe, expect, test } from "vitest";
import { dispatchOutcome } from "../../../src/domain/recording/dispatch-outcome.ts";
import type { PublisherAttempt } from "../../../src/domain/response/publisher-answer.ts";

const answered = (status: number, text = ""): PublisherAttempt => ({ kind: "answered", status, text, bytes: text.length, mediaType: "application/json" });
const status = (number: number): PublisherAttempt => ({ kind: "refused_status", status: number });

const of = (attempt: PublisherAttempt): string => {
  const { result } = dispatchOutcome(attempt, 600_000);
  return result.kind === "accepted" ? "accepted" : `${result.kind}: ${result.failure.kind}`;
};

describe("an answer to the audio", () => {
  test.each<[string, PublisherAttempt, string]>([
    ["202", answered(202), "accepted"],
    ["204", answered(204), "accepted"],
    ["202 with anything in its body", answered(202, "<html>thanks</html>"), "accepted"],
    ["202 with more in its body than is read", { kind: "too_large", status: 202, bytes: 65_537, maxBytes: 65_536 }, "accepted"],
    ["202 with bytes that are no text", { kind: "not_utf8", status: 202, bytes: 3 }, "accepted"],
    ["200 with a JSON object", answered(200, '{"reason":"too quiet"}'), "failed: rejected"],
    ["200 with a JSON object that nests as deeply as a callback may", answered(200, `{"a":${"[".repeat(511)}${"]".repeat(511)}}`), "failed: rejected"],
    ["200 with a JSON object that nests deeper", answered(200, `{"a":${"[".repeat(512)}${"]".repeat(512)}}`), "failed: not_a_json_object"],
    ["200 with nothing", answered(200), "failed: not_a_json_object"],
    ["200 with a list", answered(200, "[]"), "failed: not_a_json_object"],
    ["200 with HTML", answered(200, "<html></html>"), "failed: not_a_json_object"],
    ["200 with more than is read", { kind: "too_large", status: 200, bytes: 65_537, maxBytes: 65_536 }, "failed: rejected"],
    ["200 with bytes that are no text", { kind: "not_utf8", status: 200, bytes: 3 }, "failed: not_a_json_object"],
    ["201", answered(201, '{"id":1}'), "failed: not_a_json_object"],
    ["206", answered(206, "{}"), "failed: not_a_json_object"],
    ["301", status(301), "failed: redirected"],
    ["400", status(400), "failed: client_error"],
    ["429", status(429), "failed: client_error"],
    ["500", status(500), "unavailable: server_error"],
    ["503", status(503), "unavailable: server_error"],
    ["none, since the connection broke", { kind: "unreachable", reason: "the connection failed" }, "unavailable: connection_failed"],
    ["none in time", { kind: "aborted" }, "unavailable: timed_out"],
  ])("%s", (_name, attempt, expected) => expect(of(attempt)).toBe(expected));

  test("that refuses it is kept as its own text, and marked so; no other is", () => {
    const text = '{ "reason": "too quiet", "id": 12345678901234567890 }';
    expect(dispatchOutcome(answered(200, text), 1)).toMatchObject({ refusal: text, result: { isRefusal: true } });
    for (const other of [answered(202), answered(200, "[]"), status(404), status(500)]) expect(dispatchOutcome(other, 1).refusal).toBeNull();
    expect(dispatchOutcome(status(404), 1).result).toMatchObject({ isRefusal: false });
  });
});
