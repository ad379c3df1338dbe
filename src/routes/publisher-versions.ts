import { OpenAPIHono } from "@hono/zod-openapi";
import { checkDefinition } from "../domain/catalog/definition-check.ts";
import { definitionSchema, type Definition } from "../domain/catalog/definition.ts";
import { problemsOfStoredCredentials } from "../domain/catalog/stored-credentials.ts";
import { nextStatus, sunsetOf, type VersionEvent } from "../domain/catalog/version-status.ts";
import { DEFINITIONS_PER_PAGE, VERSIONS_PER_ADD_ON } from "../domain/limits.ts";
import { isSameJson } from "../domain/json-document.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { jsonBody, refuseProblems } from "../http/json-body.ts";
import { requireOwnAddOn, requireOwnVersion } from "../http/own-version.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { refuse } from "../http/refused.ts";
import { declare, form, json, jsonDocument, z } from "../http/route.ts";
import { version, versionAnswer } from "../http/version-answer.ts";
import {
  changeVersion,
  createVersion,
  decryptCredentials,
  definitionOf,
  listVersions,
  type PublishedAddOn,
  type VersionRow,
} from "../platform/d1/add-ons.ts";

const ofAddOn = z.object({ AddOnSid: z.string() });
const ofVersion = z.object({ AddOnSid: z.string(), VersionSid: z.string() });
const versionsPath = "/v1/Publisher/AddOns/{AddOnSid}/Versions" as const;

export const publisherVersionRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "post",
      path: versionsPath,
      summary: "Creates a new version, as a draft, from a whole definition.",
      request: { params: ofAddOn, ...jsonDocument("The definition", definitionSchema) },
      responses: { 201: json(version, "The version") },
    }),
    async (c) => {
      const published = await requireOwnAddOn(c, c.req.valid("param").AddOnSid);
      if (published.newest.number >= VERSIONS_PER_ADD_ON) return refuse({ kind: "conflict", message: `${published.addOn.sid} has ${VERSIONS_PER_ADD_ON} versions already` });
      const definition = await requireDefinition(c, published);
      const created = await createVersion(c.var.gateway.db, published.addOn.sid, published.newest.number + 1, definition);
      if (created === null) return refuse({ kind: "conflict", message: `Another version of ${published.addOn.sid} was created at the same time` });
      return c.json(versionAnswer(created, c.var.gateway.settings.publicUrl), 201);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: versionsPath,
      summary: "Lists an add-on's versions in every state.",
      request: { params: ofAddOn, query: z.object(pageParameters) },
      responses: { 200: json(v1ListSchema("versions", version), "A page of versions") },
    }),
    async (c) => {
      const { gateway } = c.var;
      const published = await requireOwnAddOn(c, c.req.valid("param").AddOnSid);
      const page = await listVersions(gateway.db, published.addOn.sid, pageRequest(c.req.valid("query"), "XC", DEFINITIONS_PER_PAGE));
      return c.json(v1List(c, "versions", page, page.items.map((row) => versionAnswer(row, gateway.settings.publicUrl))), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: `${versionsPath}/{VersionSid}`,
      summary: "Fetches a version.",
      request: { params: ofVersion },
      responses: { 200: json(version, "The version") },
    }),
    async (c) => {
      const { row } = await requireOwnVersion(c, c.req.valid("param"));
      return c.json(versionAnswer(row, c.var.gateway.settings.publicUrl), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "post",
      path: `${versionsPath}/{VersionSid}`,
      summary: "Replaces a draft or rejected version by another definition.",
      request: { params: ofVersion, ...jsonDocument("The definition", definitionSchema) },
      responses: { 200: json(version, "The version") },
    }),
    async (c) => {
      const { published, row } = await requireOwnVersion(c, c.req.valid("param"));
      const status = requireNextStatus(row, "replace");
      const definition = JSON.stringify(await requireDefinition(c, published));
      return c.json(await change(c, row, { status, definition, rejectReason: null }), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "post",
      path: `${versionsPath}/{VersionSid}/Submit`,
      summary: "Submits a version for the operator's review.",
      request: { params: ofVersion },
      responses: { 200: json(version, "The version") },
    }),
    async (c) => {
      const { published, row } = await requireOwnVersion(c, c.req.valid("param"));
      requireNextStatus(row, "submit");
      await requireFittingCredentials(c, published, row);
      const approved = c.var.gateway.settings.autoApprove;
      return c.json(await change(c, row, { status: approved ? "active" : "in_review", rejectReason: null }, approved || undefined), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "post",
      path: `${versionsPath}/{VersionSid}/Retire`,
      summary: "Retires a version: no new installs; pinned ones go on until SunsetDate.",
      request: { params: ofVersion, ...form(z.object({ SunsetDate: z.string() })) },
      responses: { 200: json(version, "The version") },
    }),
    async (c) => {
      const { row } = await requireOwnVersion(c, c.req.valid("param"));
      const status = requireNextStatus(row, "retire");
      const sunset = sunsetOf(c.req.valid("form").SunsetDate, Date.now());
      if (!sunset.ok) return refuse({ kind: "invalid", parameter: "SunsetDate", message: `SunsetDate ${sunset.error}` });
      return c.json(await change(c, row, { status, sunsetAt: sunset.value }, false), 200);
    },
  );

/** A version's definition must keep the add-on's name and type, and cannot change credentials, which belong to the add-on. */
async function requireDefinition(c: AppContext, { addOn }: PublishedAddOn): Promise<Definition> {
  const { gateway } = c.var;
  const checked = checkDefinition(await jsonBody(c), gateway.urlPolicy);
  if (!checked.ok) return refuseProblems("The definition", checked.error);
  const { definition, credentials } = checked.value;
  const stored = await decryptCredentials(gateway.settings, addOn);
  const problems = [
    ...(definition.unique_name === addOn.uniqueName ? [] : [{ path: "/unique_name", message: `must stay ${addOn.uniqueName}` }]),
    ...(definition.type === addOn.type ? [] : [{ path: "/type", message: `must stay ${addOn.type}` }]),
    ...(credentials === null || isSameJson(credentials, stored)
      ? []
      : [{ path: "/request/credentials", message: `belong to the add-on: post them to /v1/Publisher/AddOns/${addOn.sid}/Credentials` }]),
    ...problemsOfStoredCredentials(stored, definition, gateway.urlPolicy),
  ];
  return problems.length === 0 ? definition : refuseProblems("The definition", problems);
}

/** A version that was rejected was left out when credentials were replaced. */
async function requireFittingCredentials(c: AppContext, { addOn }: PublishedAddOn, row: VersionRow): Promise<void> {
  const { gateway } = c.var;
  const problems = problemsOfStoredCredentials(await decryptCredentials(gateway.settings, addOn), definitionOf(row), gateway.urlPolicy);
  if (problems.length > 0) refuseProblems(`The definition of ${row.sid}`, problems);
}

function requireNextStatus(row: VersionRow, event: VersionEvent): VersionRow["status"] {
  const next = nextStatus(row.status, event);
  return next.ok ? next.value : refuse({ kind: "conflict", message: `${row.sid}: ${next.error}` });
}

async function change(c: AppContext, row: VersionRow, values: Parameters<typeof changeVersion>[2], isActive?: boolean) {
  const { gateway } = c.var;
  const changed = await changeVersion(gateway.db, row, values, isActive);
  if (changed === undefined) refuse({ kind: "conflict", message: `The version ${row.sid} was changed at the same time` });
  gateway.snapshots.drop(c.var.accountSid);
  return versionAnswer(changed, gateway.settings.publicUrl);
}
