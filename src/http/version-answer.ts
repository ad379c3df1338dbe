import { definitionSchema, type Definition } from "../domain/catalog/definition.ts";
import type { VersionRow } from "../platform/d1/add-ons.ts";
import { isoDate } from "./dates.ts";
import { z } from "./route.ts";

/** A version as its publisher and the operator see it: the definition without credentials, and where it stands. */
export const version = definitionSchema
  .extend({
    request: definitionSchema.shape.request.omit({ credentials: true }),
    sid: z.string(),
    add_on_sid: z.string(),
    number: z.int(),
    status: z.enum(["draft", "in_review", "active", "rejected", "retired"]),
    reject_reason: z.string().nullable(),
    sunset_date: z.string().nullable(),
    date_created: z.string(),
    date_updated: z.string(),
    url: z.string(),
  })
  .openapi("PublishedVersion");

export function versionAnswer(row: VersionRow, publicUrl: string) {
  return {
    ...(JSON.parse(row.definition) as Definition),
    sid: row.sid,
    add_on_sid: row.addOnSid,
    number: row.number,
    status: row.status,
    reject_reason: row.rejectReason,
    sunset_date: row.sunsetAt === null ? null : isoDate(row.sunsetAt),
    date_created: isoDate(row.createdAt),
    date_updated: isoDate(row.updatedAt),
    url: `${publicUrl}/v1/Publisher/AddOns/${row.addOnSid}/Versions/${row.sid}`,
  };
}
