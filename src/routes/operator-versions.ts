import { OpenAPIHono } from "@hono/zod-openapi";
import { FEE_PERCENT } from "../domain/billing/fee.ts";
import { nextStatus } from "../domain/catalog/version-status.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { refuse, required } from "../http/refused.ts";
import { declare, form, json, z } from "../http/route.ts";
import { changeVersion, getAnyVersion, getAnyAddOn, setFeePercent } from "../platform/d1/add-ons.ts";
import { versionAnswer, version } from "../http/version-answer.ts";

const ofVersion = z.object({ VersionSid: z.string() });
const addOnTerms = z.object({ sid: z.string(), account_sid: z.string(), transaction_fee_percent: z.string().nullable(), url: z.string() }).openapi("AddOnTerms");

/** The operator's review of versions, and the fee of an add-on. */
export const operatorVersionRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("operator", {
      method: "post",
      path: "/v1/Operator/AddOnVersions/{VersionSid}/Approve",
      summary: "Approves a submitted version: new installs get it from now on.",
      request: { params: ofVersion },
      responses: { 200: json(version, "The version") },
    }),
    async (c) => c.json(await review(c, c.req.valid("param").VersionSid, "approve", null), 200),
  )
  .openapi(
    declare("operator", {
      method: "post",
      path: "/v1/Operator/AddOnVersions/{VersionSid}/Reject",
      summary: "Rejects a submitted version, with a reason for its publisher.",
      request: { params: ofVersion, ...form(z.object({ Reason: z.string().min(1).max(1_024) })) },
      responses: { 200: json(version, "The version") },
    }),
    async (c) => c.json(await review(c, c.req.valid("param").VersionSid, "reject", c.req.valid("form").Reason), 200),
  )
  .openapi(
    declare("operator", {
      method: "post",
      path: "/v1/Operator/AddOns/{AddOnSid}",
      summary: "Sets an add-on's transaction fee, over TRANSACTION_FEE_PERCENT; an empty value removes it.",
      request: {
        params: z.object({ AddOnSid: z.string() }),
        ...form(z.object({ TransactionFeePercent: z.union([z.literal(""), z.string().regex(FEE_PERCENT, "must be a decimal number from 0 to 100")]) })),
      },
      responses: { 200: json(addOnTerms, "The add-on's terms") },
    }),
    async (c) => {
      const { gateway } = c.var;
      const { AddOnSid: sid } = c.req.valid("param");
      required(await getAnyAddOn(gateway.db, sid), "add-on", sid);
      const row = required(await setFeePercent(gateway.db, sid, c.req.valid("form").TransactionFeePercent || null), "add-on", sid);
      const url = `${gateway.settings.publicUrl}/v1/Operator/AddOns/${sid}`;
      return c.json({ sid, account_sid: row.accountSid, transaction_fee_percent: row.feePercent, url }, 200);
    },
  );

async function review(c: AppContext, sid: string, event: "approve" | "reject", rejectReason: string | null) {
  const { gateway } = c.var;
  const row = required(await getAnyVersion(gateway.db, sid), "version", sid);
  const next = nextStatus(row.status, event);
  if (!next.ok) return refuse({ kind: "conflict", message: `${sid}: ${next.error}` });
  const changed = await changeVersion(gateway.db, row, { status: next.value, rejectReason }, event === "approve" || undefined);
  if (changed === undefined) return refuse({ kind: "conflict", message: `The version ${sid} was changed at the same time` });
  return versionAnswer(changed, gateway.settings.publicUrl);
}
