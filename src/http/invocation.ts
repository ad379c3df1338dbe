import { dollarsOfMicros } from "../domain/billing/money.ts";
import { countsAgainstSla } from "../domain/failure.ts";
import type { InvocationDetails, InvocationFilter, InvocationRow } from "../platform/d1/invocations.ts";
import type { AppContext } from "./context.ts";
import { isoDate } from "./dates.ts";
import { z } from "./route.ts";

export const invocation = z
  .object({
    sid: z.string(),
    role: z.enum(["developer", "publisher"]).openapi({ description: "Whether this account made the call or its add-on was called" }),
    account_sid: z.string().nullable().openapi({ description: "The developer's account; null for the publisher, who tells installs apart" }),
    add_on_sid: z.string().nullable(),
    add_on_version_sid: z.string().nullable(),
    installed_add_on_sid: z.string().nullable(),
    unique_name: z.string().nullable(),
    integration_point: z.string(),
    status: z.enum(["successful", "failed"]),
    code: z.int().nullable(),
    detail: z.string().nullable(),
    warning: z.string().nullable(),
    counts_against_sla: z.boolean().openapi({ description: "Whether this failure counts against the publisher's service level" }),
    price: z.string(),
    price_unit: z.literal("USD"),
    date_started: z.string(),
    duration_ms: z.int(),
    wait_ms: z.int().nullable(),
    bytes_out: z.int().nullable(),
    bytes_in: z.int().nullable(),
    attempts: z.array(z.object({ date_started: z.string(), duration_ms: z.int(), status: z.int().nullable(), failure: z.string().nullable() })),
    phone_number: z.object({ country_code: z.string().nullable(), last_four: z.string() }).nullable().openapi({ description: "For the developer only" }),
    url: z.string(),
  })
  .openapi("Invocation");

/** What the list and the file can be narrowed to. */
export const invocationFilters = {
  AddOnSid: z.string().optional(),
  Status: z.enum(["successful", "failed"]).optional(),
  Code: z.string().regex(/^\d{5}$/, "must be an error code such as 61001").optional(),
};
const filters = z.object(invocationFilters);

export const filterOf = ({ AddOnSid, Status, Code }: z.infer<typeof filters>): InvocationFilter => ({ addOnSid: AddOnSid, status: Status, code: Code === undefined ? undefined : Number(Code) });

export const detailsOf = (row: InvocationRow): InvocationDetails | null => (row.details === null ? null : (JSON.parse(row.details) as InvocationDetails));

/** The developer sees its own number shortened, the publisher neither number nor account; nobody sees a URL, header or body. */
export function invocationAnswer(row: InvocationRow, c: AppContext): z.infer<typeof invocation> {
  const isDeveloper = row.account_sid === c.var.accountSid;
  const details = detailsOf(row);
  const number = isDeveloper ? (details?.number ?? null) : null;
  return {
    sid: row.sid,
    role: isDeveloper ? "developer" : "publisher",
    account_sid: isDeveloper ? row.account_sid : null,
    add_on_sid: row.add_on_sid,
    add_on_version_sid: row.version_sid,
    installed_add_on_sid: row.configuration_sid,
    unique_name: isDeveloper ? (details?.unique_name ?? null) : null,
    integration_point: row.integration_point,
    status: row.status,
    code: row.code,
    detail: details?.detail ?? null,
    warning: isDeveloper ? null : (details?.warning ?? null),
    counts_against_sla: countsAgainstSla(row.code, details?.failure ?? null),
    price: dollarsOfMicros(row.price_micros),
    price_unit: "USD",
    date_started: isoDate(row.started_at),
    duration_ms: row.duration_ms,
    wait_ms: details?.wait_ms ?? null,
    bytes_out: details?.bytes_out ?? null,
    bytes_in: details?.bytes_in ?? null,
    attempts: (details?.attempts ?? []).map((attempt) => ({
      date_started: isoDate(attempt.started_at_ms),
      duration_ms: attempt.duration_ms,
      status: attempt.status,
      failure: attempt.failure,
    })),
    phone_number: number && { country_code: number.country, last_four: number.last4 },
    url: `${c.var.gateway.settings.publicUrl}/v1/Invocations/${row.sid}`,
  };
}
