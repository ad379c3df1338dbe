import { expect } from "vitest";
import type { LookupResult } from "./add-ons.ts";
import type { LoggedInvocation, Marketplace, Offer } from "./marketplace.ts";
import { RESULT_TITLES, type ResultCode } from "./result-titles.ts";

/** The codes for which the publisher answers: all others are nobody's fault or somebody else's. */
const AGAINST_SLA: ReadonlySet<number> = new Set([61001, 61002, 61005, 61007]);

/**
 * Looks a number up with an add-on that must fail, and checks what every failure has in common: title, sentence, empty result, and in
 * the logs of both sides no price.
 */
export async function runFailing(market: Marketplace, offer: Offer, code: ResultCode, more: Record<string, string> = {}): Promise<{ result: LookupResult; logged: LoggedInvocation }> {
  const result = await market.run(offer, more);
  expect(result).toEqual({
    request_sid: expect.stringMatching(/^XR[0-9a-f]{32}$/),
    status: "failed",
    message: RESULT_TITLES[code],
    code,
    result: {},
    detail: expect.stringMatching(/^[A-Z].{20,}/s),
  });
  expect(result.detail, "no number and no address in a detail").not.toMatch(/8778894546|127\.0\.0\.1|offer-/);
  const logged = await market.logged(market.developer, result.request_sid);
  expect(logged).toMatchObject({ status: "failed", code, price: "0.00", counts_against_sla: AGAINST_SLA.has(code) });
  return { result, logged };
}
