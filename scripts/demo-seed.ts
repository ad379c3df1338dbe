import { definitions } from "../examples/publishers/definitions.ts";
import { writeDemoState, type DemoState, type Login } from "./demo-state.ts";

type Json = Record<string, unknown> & { sid: string };

/** Calls the gateway's public API, as any operator, publisher or developer would. */
async function call(baseUrl: string, login: Login, method: string, path: string, body?: Record<string, string> | { json: unknown }): Promise<Json> {
  const isJson = body !== undefined && "json" in body;
  const response = await fetch(baseUrl + path, {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${login.sid}:${login.auth_token}`).toString("base64")}`,
      ...(body && { "Content-Type": isJson ? "application/json" : "application/x-www-form-urlencoded" }),
    },
    ...(body && { body: isJson ? JSON.stringify(body.json) : new URLSearchParams(body).toString() }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Json;
}

/**
 * Seeds the demo: one developer with credit, one publisher, its add-ons, and their installs. Each step looks first at what is
 * there, so that a start that was interrupted is completed by the next.
 */
export async function seedDemo(baseUrl: string, publishersUrl: string, stateDir: string, state: DemoState): Promise<{ developer: Login; publisher: Login }> {
  const { operator } = state;
  const account = async (name: "developer" | "publisher"): Promise<Login> => {
    const known = state[name];
    if (known !== undefined) return known;
    const created = await call(baseUrl, operator, "POST", "/2010-04-01/Accounts.json", { FriendlyName: `Demo ${name}` });
    const login = { sid: created.sid, auth_token: String(created["auth_token"]) };
    state[name] = login;
    await writeDemoState(stateDir, state);
    return login;
  };
  const developer = await account("developer");
  const publisher = await account("publisher");
  await credit(baseUrl, operator, developer);

  const published = await elements(baseUrl, publisher, "/v1/Publisher/AddOns?PageSize=100", "add_ons");
  const installed = await elements(baseUrl, developer, "/v1/InstalledAddOns?PageSize=100", "installed_add_ons");
  const credentials = { anagramsPassword: state.anagrams_password, numberInsightToken: state.number_insight_token, spamScoreKey: state.spam_score_key };
  for (const definition of definitions(publishersUrl, credentials)) {
    const name = definition.unique_name;
    const addOn = published.find((item) => item["unique_name"] === name) ?? (await call(baseUrl, publisher, "POST", "/v1/Publisher/AddOns", { json: definition }));
    const version = addOn["version"] as { sid: string; status: string };
    // AUTO_APPROVE is on in local runs: a submitted version is active.
    if (version.status === "draft") await call(baseUrl, publisher, "POST", `/v1/Publisher/AddOns/${addOn.sid}/Versions/${version.sid}/Submit`);
    if (installed.some((item) => item["unique_name"] === name)) continue;
    await call(baseUrl, developer, "POST", "/v1/InstalledAddOns", {
      AvailableAddOnSid: addOn.sid,
      AcceptTermsOfService: "true",
      Configuration: JSON.stringify(name === "spam_score" ? { strictness: "medium" } : {}),
    });
  }
  return { developer, publisher };
}

/** Once: the key makes a repetition the same credit. */
async function credit(baseUrl: string, operator: Login, developer: Login): Promise<void> {
  const response = await fetch(`${baseUrl}/v1/Operator/Accounts/${developer.sid}/Credits`, {
    method: "POST",
    headers: {
      Authorization: `Basic ${Buffer.from(`${operator.sid}:${operator.auth_token}`).toString("base64")}`,
      "Content-Type": "application/x-www-form-urlencoded",
      "Idempotency-Key": "demo",
    },
    body: "Amount=10&Reason=Demo",
  });
  if (!response.ok) throw new Error(`the demo credit was answered ${response.status}: ${await response.text()}`);
}

async function elements(baseUrl: string, login: Login, path: string, key: string): Promise<Json[]> {
  return (await call(baseUrl, login, "GET", path))[key] as Json[];
}
