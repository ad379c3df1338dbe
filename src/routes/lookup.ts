import { OpenAPIHono } from "@hono/zod-openapi";
import { unmetRequirement, type InstalledAddOn, type UnusableAddOn } from "../domain/catalog/install.ts";
import { lookupParameters, type LookupParameters } from "../domain/lookup-parameters.ts";
import { parsePhoneNumber, type ParsedPhoneNumber } from "../domain/phone-number.ts";
import { envelopeText, failedEnvelopeText, type AddOnOutcome } from "../domain/response/outcome.ts";
import { callerMiddleware } from "../http/caller.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { idempotencyOf } from "../http/idempotency.ts";
import { decodedParameters } from "../http/form-parameters.ts";
import { refuse } from "../http/refused.ts";
import { declare, json, z } from "../http/route.ts";
import { runAddOns, type AddOnsAnswer } from "../invocation/run-add-ons.ts";
import { testAddOns } from "../invocation/test-add-ons.ts";
import { loggedNumber } from "../platform/logged-number.ts";
import { runPortsOf } from "../wiring.ts";

const lookup = z
  .object({
    caller_name: z.null(),
    country_code: z.string().nullable(),
    phone_number: z.string(),
    national_format: z.string(),
    carrier: z.null(),
    add_ons: z
      .object({
        status: z.enum(["successful", "failed"]),
        message: z.string().nullable(),
        code: z.int().nullable(),
        results: z.record(
          z.string(),
          z.object({
            request_sid: z.string(),
            status: z.enum(["successful", "failed"]),
            message: z.string().nullable(),
            code: z.int().nullable(),
            result: z.record(z.string(), z.unknown()),
            detail: z.string().optional(),
          }),
        ),
      })
      .nullable(),
    url: z.string(),
  })
  .openapi("Lookup");

const lookupRoute = declare("account_or_test", {
  method: "get",
  path: "/v1/PhoneNumbers/{PhoneNumber}",
  summary: "Looks a phone number up and runs the add-ons that are asked for.",
  description: "Runtime data for an add-on is AddOns.<unique name>.<field>=value, or AddOnsData as JSON. Parameters may come in the query or in a form body. With test credentials nothing is sent or charged, and the answers are sample responses.",
  request: {
    params: z.object({ PhoneNumber: z.string() }),
    query: z.object({
      CountryCode: z.string().optional(),
      Type: z.array(z.string()).optional(),
      AddOns: z.array(z.string()).optional(),
      AddOnsData: z.string().optional(),
    }),
  },
  responses: { 200: json(lookup, "The number, and each add-on's result by its unique name") },
});

/**
 * Lookup with add-ons. Its parameters are declared for the description and parsed by hand: names such as
 * `AddOns.<unique name>.<field>` are the developer's, they may come in the body of a GET, and this is the hot path.
 */
export const lookupRoutes = new OpenAPIHono<AppEnv>();
lookupRoutes.openAPIRegistry.registerPath(lookupRoute);
lookupRoutes.get("/v1/PhoneNumbers/:PhoneNumber", callerMiddleware("account_or_test"), async (c) => {
  // A HEAD would be billed for an answer that nobody gets.
  if (c.req.method !== "GET") return refuse({ kind: "method_not_allowed", allowed: ["GET"] });
  const entries = await decodedParameters(c);
  const parameters = lookupParameters(entries);
  if (!parameters.ok) return refuse(parameters.error);
  const number = requireNumber(c.req.param("PhoneNumber"), parameters.value.countryCode);
  const { addOns } = parameters.value;
  const render = (addOnsText: string): string => lookupText(number, addOnsText, c.var.gateway.settings.publicUrl);
  const { isTest } = c.var.caller;
  // Test credentials' keys are not looked at: a repetition costs nothing, and a claim would be a trace in the desk.
  const idempotency = isTest ? undefined : await idempotencyOf(c, [number.e164, ...entries]);
  if (addOns === null && idempotency === undefined) return answer(c, render("null"));

  const ports = runPortsOf(c.var.gateway, c.var.accountSid);
  const request = {
    accountSid: c.var.accountSid,
    integrationPoint: "lookup" as const,
    addOns: await installedByName(c, addOns ?? []),
    content: new Map([["primary_address", number.e164]]),
    runtimeData: parameters.value.runtimeData,
    number: await loggedNumber(c.var.caller.account.logKey, number),
    render: (outcomes: readonly AddOnOutcome[]) => render(addOns === null ? "null" : envelopeText(outcomes)),
    ...(idempotency && { idempotency }),
  };
  if (isTest) return answer(c, await testAddOns(request, ports));
  return answerOf(c, await runAddOns(request, ports), render);
});

function requireNumber(text: string, countryCode: LookupParameters["countryCode"]): ParsedPhoneNumber {
  const number = parsePhoneNumber(text, countryCode);
  if (number.ok) return number.value;
  if (number.error === "country_code") return refuse({ kind: "invalid", parameter: "CountryCode", message: "CountryCode must be an ISO 3166-1 alpha-2 country code such as US" });
  return refuse({ kind: "not_found", message: "The PhoneNumber in the path is not a possible phone number" });
}

/** What the names stand for now: an add-on that could not run by the snapshot is looked up in the primary before it is refused. */
async function installedByName(c: AppContext, names: string[]): Promise<Map<string, InstalledAddOn | UnusableAddOn | null>> {
  const { gateway, caller } = c.var;
  const now = Date.now();
  const isUnmet = (name: string): boolean => unmetRequirement(name, caller.account.installed.get(name) ?? null, "lookup", now) !== null;
  const account = names.some(isUnmet) ? ((await gateway.recheckAccount(caller.account.sid)) ?? caller.account) : caller.account;
  return new Map(names.map((name) => [name, account.installed.get(name) ?? null]));
}

function answerOf(c: AppContext, result: AddOnsAnswer, render: (addOnsText: string) => string): Response {
  switch (result.kind) {
    case "answered":
      if (result.isReplay) c.header("Idempotent-Replayed", "true");
      return answer(c, result.text);
    case "failed":
      if (result.overloaded) c.header("Retry-After", "1");
      return answer(c, render(failedEnvelopeText()));
    case "conflict":
      return refuse({ kind: "conflict", message: "The idempotency key was used for another request" });
    case "full":
      return refuse({
        kind: "too_many_requests",
        message: "Too many idempotent answers are kept for this account; without an idempotency key the request would be run",
        retryAfterSeconds: Math.ceil(result.waitMs / 1_000),
      });
    case "unavailable":
      return refuse({ kind: "unavailable", message: "The request could not be settled; send it again with the same idempotency key", retryAfterSeconds: 1 });
  }
}

/** As text: re-serialising would change the publishers' 64-bit numbers and duplicate keys, and cost time. */
function answer(c: AppContext, text: string): Response {
  return c.body(text, 200, { "Content-Type": "application/json" });
}

function lookupText(number: ParsedPhoneNumber, addOnsText: string, publicUrl: string): string {
  const fields = JSON.stringify({
    caller_name: null,
    country_code: number.countryCode,
    phone_number: number.e164,
    national_format: number.nationalFormat,
    carrier: null,
    url: `${publicUrl}/v1/PhoneNumbers/${number.e164}`,
  });
  return `${fields.slice(0, -1)},"add_ons":${addOnsText}}`;
}
