import { OpenAPIHono } from "@hono/zod-openapi";
import type { NoticedAlert } from "../domain/alert/notice.ts";
import { refuseUrl } from "../domain/request/url-policy.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { refuse, required } from "../http/refused.ts";
import { declare, form, json, z } from "../http/route.ts";
import { sendNotice } from "../invocation/send-notice.ts";
import { changeAlertSettings, getAlertSettings, type AlertSettingsRow } from "../platform/d1/alert-settings.ts";
import { newSid } from "../platform/randomness.ts";

const settings = z
  .object({
    account_sid: z.string(),
    alert_url: z.string().nullable(),
    alert_level: z.enum(["error", "warning"]),
    url: z.string(),
    links: z.object({ test: z.string() }),
  })
  .openapi("AlertSettings");

const settingsParameters = z.object({
  AlertUrl: z.string().optional().openapi({ description: "Where alerts are posted to, signed, one for each error code, level and minute; empty for nowhere" }),
  AlertLevel: z.enum(["error", "warning"]).optional().openapi({ description: "error: errors only; warning: both" }),
});

const test = z.object({ account_sid: z.string(), status: z.enum(["delivered", "failed"]), http_status: z.int().nullable(), detail: z.string() }).openapi("AlertTest");

const path = "/v1/AlertSettings" as const;

export const alertSettingsRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", { method: "get", path, summary: "Fetches where the account's alerts are posted to.", responses: { 200: json(settings, "The settings") } }),
    async (c) => c.json(settingsAnswer(await requireSettings(c), c), 200),
  )
  .openapi(
    declare("account", {
      method: "post",
      path,
      summary: "Sets where the account's alerts are posted to, and from which level up.",
      request: form(settingsParameters),
      responses: { 200: json(settings, "The settings") },
    }),
    async (c) => {
      const { AlertUrl: url, AlertLevel: level } = c.req.valid("form");
      const change = { ...(url !== undefined && { alertUrl: requireUrl(c, url) }), ...(level !== undefined && { alertLevel: level }) };
      const row = Object.keys(change).length === 0 ? await requireSettings(c) : await changeAlertSettings(c.var.gateway.db, c.var.accountSid, change);
      return c.json(settingsAnswer(required(row, "account", c.var.accountSid), c), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "post",
      path: `${path}/Test`,
      summary: "Posts an alert of no consequence to AlertUrl at once, and answers what came of it.",
      responses: { 200: json(test, "What came of it") },
    }),
    async (c) => {
      const { gateway, accountSid, caller } = c.var;
      const { alertUrl } = await requireSettings(c);
      if (alertUrl === null) return refuse({ kind: "conflict", message: "AlertUrl is not set" });
      const target = { url: alertUrl, signingKey: caller.account.signingKey, publicUrl: gateway.settings.publicUrl };
      const outcome = await sendNotice(target, testAlert(accountSid), 1, gateway);
      const status = outcome.isDelivered ? ("delivered" as const) : ("failed" as const);
      return c.json({ account_sid: accountSid, status, http_status: outcome.status, detail: outcome.detail }, 200);
    },
  );

async function requireSettings(c: AppContext): Promise<AlertSettingsRow> {
  return required(await getAlertSettings(c.var.gateway.db, c.var.accountSid), "account", c.var.accountSid);
}

function requireUrl(c: AppContext, text: string): string | null {
  if (text === "") return null;
  const refused = refuseUrl(text, { ...c.var.gateway.urlPolicy, allowUserInfo: true });
  return refused === null ? text : refuse({ kind: "invalid", parameter: "AlertUrl", message: `AlertUrl ${refused}` });
}

/** It is not kept: nothing has happened. An error, so that it passes for every level. */
function testAlert(accountSid: string): NoticedAlert {
  return {
    sid: newSid("NO"),
    account_sid: accountSid,
    error_code: 11200,
    log_level: "error",
    alert_text: "This is a test of AlertUrl. Nothing has failed.",
    request_method: null,
    request_url: null,
    resource_sid: null,
    service_sid: null,
    generated_at: Date.now(),
  };
}

function settingsAnswer(row: AlertSettingsRow, c: AppContext) {
  const url = `${c.var.gateway.settings.publicUrl}${path}`;
  return { account_sid: row.sid, alert_url: row.alertUrl, alert_level: row.alertLevel, url, links: { test: `${url}/Test` } };
}
