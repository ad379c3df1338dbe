import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { answerSpamScore } from "../../examples/publishers/spam_score/answer.ts";
import { rules, strictnessLevels } from "../../examples/publishers/spam_score/rules.ts";

type Use = { reason?: string; called_number?: string };

function request(e164: string, use: Use = {}, strictness?: string): Record<string, unknown> {
  return {
    version: "1",
    request_sid: `XR${"0".repeat(32)}`,
    number: { e164, sha256: createHash("sha256").update(e164).digest("hex") },
    use: { reason: "call", ...use },
    ...(strictness === undefined ? {} : { strictness }),
  };
}

function firedRules(answer: Record<string, unknown>): string[] {
  return Array.isArray(answer["rules"]) ? answer["rules"].map(({ name }) => String(name)) : ["no rules at all"];
}

describe("the rules", () => {
  test.each<[string, Use, string[]]>([
    ["+12125550199", {}, []],
    ["+12025550143", {}, ["reported"]],
    ["+10002025550", {}, ["invalid_number"]],
    ["+19002025550", {}, ["premium_rate"]],
    ["+12125550199", { called_number: "+12125550123" }, ["neighbour_spoofing"]],
    ["+12125550199", { called_number: "+12125550123", reason: "signup" }, []],
    ["+12125550199", { called_number: "+12129550123" }, []],
    ["+442079460018", { called_number: "+442079460019" }, []],
    ["+447012345978", { reason: "call" }, ["sequential_digits"]],
    ["+15002345978", { reason: "signup" }, ["throwaway_line"]],
    ["+15002345978", { reason: "message" }, []],
    ["+12122222220", {}, ["repeated_digits"]],
    ["+12129876540", {}, ["sequential_digits"]],
  ])("of %s, used for %j, that fire are %j", (e164, use, expected) => {
    expect(firedRules(answerSpamScore(request(e164, use)))).toEqual(expected);
  });

  test.each(rules)("$name counts more the stricter it is", ({ points }) => {
    expect(points.low).toBeLessThan(points.medium);
    expect(points.medium).toBeLessThan(points.high);
    expect(points.high).toBeLessThanOrEqual(100);
  });
});

describe("the score", () => {
  test.each([
    ["low", 40],
    ["medium", 60],
    ["high", 80],
  ])("of a premium-rate number at strictness %s is %i", (strictness, score) => {
    expect(answerSpamScore(request("+19002025550", {}, strictness))).toMatchObject({ score, strictness });
  });

  test("is that of medium strictness when the developer chose none", () => {
    expect(answerSpamScore(request("+19002025550"))).toMatchObject({ score: 60, strictness: "medium" });
  });

  test("is the sum of the rules that fired", () => {
    expect(answerSpamScore(request("+19002222222", { called_number: "+19002221234" }, "low"))).toMatchObject({ score: 55 });
  });

  test.each(strictnessLevels)("is at most 100 at strictness %s", (strictness) => {
    const everything = request("+10000000000", { called_number: "+10000000001" }, strictness);
    const { score } = answerSpamScore(everything);
    expect(score).toBeLessThanOrEqual(100);
  });

  test("leaves out a rule that the strictness gives no points", () => {
    expect(firedRules(answerSpamScore(request("+12129876540", {}, "low")))).toEqual([]);
  });
});

describe("a request that cannot be scored", () => {
  test.each([
    ["a reason that there is not", request("+12125550199", { reason: "fun" }), "use.reason"],
    ["no telephone number", request("junk"), "number.e164"],
    ["a called number that is none", request("+12125550199", { called_number: "junk" }), "use.called_number"],
    ["a strictness that there is not", request("+12125550199", {}, "extreme"), "strictness"],
    ["another version", { ...request("+12125550199"), version: "2" }, "version"],
    ["nothing", {}, "version, number, use"],
  ])("with %s is answered with an error that names the parameter and no value", (_, parameters, names) => {
    expect(answerSpamScore(parameters)).toEqual({ error: { code: "bad_parameters", message: `Missing or malformed: ${names}.` } });
  });
});
