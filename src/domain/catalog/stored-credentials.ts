import type { Problem } from "../refusal.ts";
import type { UrlPolicy } from "../request/url-policy.ts";
import { checkCredentials } from "./definition-check.ts";
import type { Credentials, Definition } from "./definition.ts";

/**
 * What is wrong with an add-on's credentials for the request of one of its versions. One set serves all versions, so a version that
 * cannot carry it would go out without credentials, or with two parameters of one name.
 */
export function problemsOfStoredCredentials(credentials: Credentials, { request, type }: Definition, urlPolicy: UrlPolicy): Problem[] {
  const checked = checkCredentials(credentials, request, type, urlPolicy);
  if (checked.ok) return [];
  return checked.error.map(({ path, message }) => ({ path: `/request/credentials${path}`, message: `as stored for the add-on, ${message}` }));
}

/** A request that can carry credentials of every type: against it, only their own mistakes show. */
export const carryingAll = (request: Definition["request"]): Definition["request"] => ({ ...request, method: "POST", body_format: "form", query: {}, body: {} });
