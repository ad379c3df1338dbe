import { RESERVED_PARAMETER_NAMES, type AddOnTypeName } from "../catalog/add-on-type.ts";
import type { RequestDefinition } from "../catalog/definition.ts";
import { pointerToken } from "../json-pointer.ts";
import type { Problem } from "../refusal.ts";
import { hasTemplate } from "./template.ts";
import { refuseUrl, type UrlPolicy } from "./url-policy.ts";

type Parts = Partial<RequestDefinition>;

/** What is wrong with a definition's `request`, beyond the shape of its parts. Guide, "API parameters" and "Credentials". */
export function problemsOfRequest(request: Parts, type: AddOnTypeName | undefined, urlPolicy: UrlPolicy): Problem[] {
  return [...problemsOfUrl(request, urlPolicy), ...problemsOfBodyFormat(request, type), ...problemsOfNames(request), ...problemsOfCredentials(request)];
}

function problemsOfUrl({ url }: Parts, urlPolicy: UrlPolicy): Problem[] {
  if (url === undefined) return [];
  if (hasTemplate(url)) return [{ path: "/request/url", message: "must not have template fields" }];
  const refused = refuseUrl(url, urlPolicy) ?? refuseOwnQuery(url);
  return refused === null ? [] : [{ path: "/request/url", message: refused }];
}

/** A second `bodySHA256` or `InvocationDate` in the URL's own query would be read by validators in place of the gateway's. */
function refuseOwnQuery(url: string): string | null {
  const taken = [...new URL(url).searchParams.keys()].find((name) => RESERVED_PARAMETER_NAMES.has(name));
  return taken === undefined ? null : `must not have ${taken} in its query: the gateway adds it`;
}

function problemsOfBodyFormat({ method, body_format: format, body }: Parts, type: AddOnTypeName | undefined): Problem[] {
  const problems: Problem[] = [];
  const path = "/request/body_format";
  const recordings = type === "recording_analysis";
  if (type !== undefined && !recordings && (format === "multipart" || format === "binary")) problems.push({ path, message: `${format} goes with recording_analysis only` });
  if (type !== undefined && !recordings && method === "PUT") problems.push({ path: "/request/method", message: "PUT goes with recording_analysis only" });
  if (method === "GET" && format !== undefined && format !== "none") problems.push({ path, message: "a GET request has no body, so this must be none" });
  if (body === undefined || format === undefined) return problems;
  if (format === "binary" && typeof body !== "string") problems.push({ path: "/request/body", message: 'must be "{{audio_data}}" when body_format is binary' });
  if (format !== "binary" && typeof body === "string") problems.push({ path: "/request/body", message: "must be a dictionary" });
  if (format === "none" && Object.keys(body).length > 0) problems.push({ path: "/request/body", message: "must be empty when body_format is none" });
  if ((format === "form" || format === "multipart") && typeof body === "object") {
    for (const [name, value] of Object.entries(body)) {
      if (typeof value !== "string") problems.push({ path: `/request/body/${pointerToken(name)}`, message: `must be a string when body_format is ${format}` });
    }
  }
  return problems;
}

function problemsOfNames({ query, body }: Parts): Problem[] {
  return [...namesOf("/request/query", query), ...namesOf("/request/body", body)].flatMap(([path, name]) => {
    if (RESERVED_PARAMETER_NAMES.has(name)) return [{ path, message: "is the name of a parameter that the gateway adds" }];
    return hasTemplate(name) ? [{ path, message: "a parameter's name must not have template fields" }] : [];
  });
}

function namesOf(path: string, dictionary: Parts["query"] | Parts["body"]): [string, string][] {
  if (typeof dictionary !== "object") return [];
  return Object.keys(dictionary).map((name) => [`${path}/${pointerToken(name)}`, name]);
}

function problemsOfCredentials({ credentials, query, body, body_format: format }: Parts): Problem[] {
  if (credentials === undefined) return [];
  const path = "/request/credentials";
  const problems: Problem[] = Object.entries(credentials).flatMap(([name, value]) =>
    typeof value === "string" && hasTemplate(value) ? [{ path: `${path}/${name}`, message: "must not have template fields" }] : [],
  );
  if (credentials.type === "basic" && credentials.username.includes(":")) problems.push({ path: `${path}/username`, message: "must not have a colon" });
  if (credentials.type === "body" && (format === "none" || format === "binary")) problems.push({ path, message: `of type body need a body, and body_format is ${format}` });
  if (credentials.type !== "query" && credentials.type !== "body") return problems;
  const taken: object = (credentials.type === "query" ? query : typeof body === "object" ? body : undefined) ?? {};
  for (const [name, value] of Object.entries(credentials.params)) {
    const at = `${path}/params/${pointerToken(name)}`;
    if (hasTemplate(name) || hasTemplate(value)) problems.push({ path: at, message: "must not have template fields" });
    if (RESERVED_PARAMETER_NAMES.has(name)) problems.push({ path: at, message: "is the name of a parameter that the gateway adds" });
    if (Object.hasOwn(taken, name)) problems.push({ path: at, message: `is a parameter of the ${credentials.type} too` });
  }
  return problems;
}
