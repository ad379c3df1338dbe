import { OpenAPIHono } from "@hono/zod-openapi";
import type { ZodError } from "zod";
import { HTTPException } from "hono/http-exception";
import { getPath } from "hono/utils/url";
import { isJsonObject } from "./domain/json-document.ts";
import { URL_CHARACTERS } from "./domain/limits.ts";
import { MisconfiguredError } from "./env.ts";
import { limitBody } from "./http/body-limit.ts";
import type { AppContext, AppEnv } from "./http/context.ts";
import { errorAnswer, refuse, RefusedError } from "./http/refused.ts";
import { answerPreflight, everyAnswer } from "./http/every-answer.ts";
import { errorOf, log } from "./platform/log.ts";
import { accountRoutes } from "./routes/accounts.ts";
import { addOnResultRoutes } from "./routes/add-on-results.ts";
import { alertRoutes } from "./routes/alerts.ts";
import { alertSettingsRoutes } from "./routes/alert-settings.ts";
import { apiKeyRoutes } from "./routes/api-keys.ts";
import { assignedAddOnExtensionRoutes } from "./routes/assigned-add-on-extensions.ts";
import { assignedAddOnRoutes } from "./routes/assigned-add-ons.ts";
import { authTokenRoutes } from "./routes/auth-tokens.ts";
import { availableAddOnRoutes } from "./routes/available-add-ons.ts";
import { availableAddOnVersionRoutes } from "./routes/available-add-on-versions.ts";
import { deadLetterRoutes } from "./routes/dead-letters.ts";
import { installedAddOnExtensionRoutes } from "./routes/installed-add-on-extensions.ts";
import { installedAddOnRoutes } from "./routes/installed-add-ons.ts";
import { installedAddOnSettingsRoutes } from "./routes/installed-add-on-settings.ts";
import { listingRoutes } from "./routes/listings.ts";
import { errorPageRoutes } from "./routes/error-pages.ts";
import { healthRoutes } from "./routes/health.ts";
import { incomingPhoneNumberRoutes } from "./routes/incoming-phone-numbers.ts";
import { callbackRoutes } from "./routes/callbacks.ts";
import { creditRoutes } from "./routes/credits.ts";
import { incomingRoutes } from "./routes/incoming.ts";
import { invocationRoutes } from "./routes/invocations.ts";
import { invocationCsvRoutes } from "./routes/invocations-csv.ts";
import { newRecordingRoutes } from "./routes/new-recordings.ts";
import { recordingAudioRoutes } from "./routes/recording-audio.ts";
import { recordingRoutes } from "./routes/recordings.ts";
import { lookupRoutes } from "./routes/lookup.ts";
import { operatorDeadLetterRoutes } from "./routes/operator-dead-letters.ts";
import { operatorReconciliationRoutes } from "./routes/operator-reconciliation.ts";
import { operatorReversalRoutes } from "./routes/operator-reversals.ts";
import { operatorStatementRoutes } from "./routes/operator-statements.ts";
import { operatorVersionRoutes } from "./routes/operator-versions.ts";
import { payloadDataRoutes } from "./routes/payload-data.ts";
import { payloadRoutes } from "./routes/payloads.ts";
import { priceTrialRoutes } from "./routes/price-trials.ts";
import { publisherAddOnRoutes } from "./routes/publisher-add-ons.ts";
import { publisherVersionRoutes } from "./routes/publisher-versions.ts";
import { relayRoutes } from "./routes/relays.ts";
import { everybodysStatementRoutes, statementRoutes } from "./routes/statements.ts";
import { storedResultRoutes } from "./routes/stored-results.ts";
import { testCredentialsRoutes } from "./routes/test-credentials.ts";
import { usageRecordRoutes } from "./routes/usage-records.ts";
import { gatewayOf } from "./wiring.ts";

export const app = new OpenAPIHono<AppEnv>({ getPath: routedPath, defaultHook: refuseInvalidParameters });

app.use(everyAnswer);
app.use(async (c, next) => {
  c.set("gateway", gatewayOf(c.env));
  refuseInsecureTransport(c);
  if (c.req.url.length > URL_CHARACTERS) refuse({ kind: "url_too_long", message: `The URL must be at most ${URL_CHARACTERS} characters` });
  await next();
});
app.use(answerPreflight);
app.use(limitBody);

for (const routes of [
  healthRoutes,
  errorPageRoutes,
  accountRoutes,
  apiKeyRoutes,
  authTokenRoutes,
  testCredentialsRoutes,
  incomingPhoneNumberRoutes,
  assignedAddOnRoutes,
  assignedAddOnExtensionRoutes,
  lookupRoutes,
  incomingRoutes,
  newRecordingRoutes,
  recordingRoutes,
  recordingAudioRoutes,
  callbackRoutes,
  addOnResultRoutes,
  payloadRoutes,
  payloadDataRoutes,
  storedResultRoutes,
  relayRoutes,
  deadLetterRoutes,
  invocationRoutes,
  invocationCsvRoutes,
  alertRoutes,
  alertSettingsRoutes,
  creditRoutes,
  usageRecordRoutes,
  statementRoutes,
  publisherAddOnRoutes,
  publisherVersionRoutes,
  priceTrialRoutes,
  operatorVersionRoutes,
  operatorDeadLetterRoutes,
  operatorStatementRoutes,
  everybodysStatementRoutes,
  operatorReversalRoutes,
  operatorReconciliationRoutes,
  availableAddOnRoutes,
  availableAddOnVersionRoutes,
  installedAddOnRoutes,
  installedAddOnExtensionRoutes,
  installedAddOnSettingsRoutes,
  listingRoutes,
]) app.route("/", routes);
answerOtherMethods();

app.notFound(() => refuse({ kind: "not_found", message: "There is nothing at this path" }));

app.onError((error, c) => {
  if (error instanceof MisconfiguredError) {
    log({ event: "misconfigured", request_sid: c.var.requestSid, message: error.message });
    return errorAnswer({ kind: "internal", message: `The gateway is misconfigured: ${error.message}` }, URL.parse(c.env.PUBLIC_URL ?? "")?.origin ?? "");
  }
  const { publicUrl } = c.var.gateway.settings;
  if (error instanceof RefusedError) return errorAnswer(error.refusal, publicUrl);
  if (error instanceof HTTPException && error.status === 400) {
    return errorAnswer({ kind: "invalid", parameter: "body", message: "The body is malformed: it must match its Content-Type" }, publicUrl);
  }
  if (error instanceof HTTPException && error.status === 415) {
    const message = "Content-Type must be application/x-www-form-urlencoded, or, where the resource takes one, that of a JSON document or of audio: application/json, audio/x-wav …";
    return errorAnswer({ kind: "invalid", parameter: "Content-Type", message }, publicUrl);
  }
  log({ event: "error", request_sid: c.var.requestSid, ...errorOf(error) });
  return errorAnswer({ kind: "internal", message: `The gateway failed; its log has the request ${c.var.requestSid}` }, publicUrl);
});

/** One resource, one route: `.json`, a trailing slash and the marketplace's own prefix are other spellings of the same path. */
function routedPath(request: Request): string {
  let path = getPath(request);
  if (path.length > 1 && path.endsWith("/")) path = path.slice(0, -1);
  // The public API's own exception: without `.json` a recording's path is its audio.
  const audio = isRead(request) ? /^(\/2010-04-01\/Accounts\/[^/]+\/Recordings\/[^/.]+)(?:\.wav)?$/.exec(path) : null;
  if (audio !== null) return `${audio[1]}/Audio`;
  if (path.startsWith("/2010-04-01/") && path.endsWith(".json")) return path.slice(0, -".json".length);
  return /^\/marketplace\/(?:AvailableAddOns|InstalledAddOns)(?:\/|$)/.test(path) ? path.replace("/marketplace", "/v1") : path;
}

const isRead = ({ method }: Request): boolean => method === "GET" || method === "HEAD";

/** Guide, "Security" 1: TLS 1.2 or later. Local runs are over http, and say so by their public URL. */
function refuseInsecureTransport(c: AppContext): void {
  if (!c.var.gateway.settings.publicUrl.startsWith("https:")) return;
  const tlsVersion = c.req.raw.cf?.tlsVersion;
  const old = typeof tlsVersion === "string" && !["TLSv1.2", "TLSv1.3"].includes(tlsVersion);
  if (old || c.req.url.startsWith("http:")) refuse({ kind: "upgrade_required", message: "Use https with TLS 1.2 or later" });
}

/** Every path that has a route answers its other methods with 405 and the methods that it takes. */
function answerOtherMethods(): void {
  const allowed = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    allowed.set(path, (allowed.get(path) ?? new Set()).add(method));
  }
  for (const [path, methods] of allowed) app.all(path, () => refuse({ kind: "method_not_allowed", allowed: [...methods] }));
}

function refuseInvalidParameters(result: { success: boolean; data?: unknown; error?: ZodError }): void {
  const issue = result.success ? undefined : result.error?.issues[0];
  if (issue === undefined) return;
  const parameter = issue.path.map(String).join(".");
  const sent = isJsonObject(result.data) ? result.data[parameter] : undefined;
  const problem = sent === undefined ? " is required" : Array.isArray(sent) ? " must be sent once" : `: ${issue.message}`;
  refuse({ kind: "invalid", parameter, message: parameter + problem });
}
