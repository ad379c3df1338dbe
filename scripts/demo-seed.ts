import { definitions, type PublisherCredentials } from "../examples/publishers/definitions.ts";
import { writeDemoState, type ApiKey, type DemoState, type Login } from "./demo-state.ts";

type Json = Record<string, unknown> & { sid: string };

export type DemoUrls = { baseUrl: string; publishersUrl: string; developerUrl: string };

/** From the range for films and books. Its messages and calls come to the example developer. */
export const DEMO_NUMBER = "+14155550123";

/** Besides Lookup, and all that recordings have, which is on from the start. spam_score requires a runtime field, which only a Lookup can bring. */
const INCOMING_EXTENSIONS: Record<string, string[]> = {
  message_sentiment: ["sms-incoming"],
  number_insight: ["sms-incoming", "voice-incoming"],
};

export type DemoAccounts = { developer: Login; publisher: Login; callbackKey: ApiKey };

/**
 * Seeds the demo: one developer with credit and a number, one publisher with a key, its add-ons, and their installs. Each step looks first
 * at what is there, so that a start that was interrupted is completed by the next.
 */
export async function seedDemo({ baseUrl, publishersUrl, developerUrl }: DemoUrls, stateDir: string, state: DemoState): Promise<DemoAccounts> {
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
  const callbackKey = state.callback_key ?? (await createKey(baseUrl, publisher));
  state.callback_key = callbackKey;
  await writeDemoState(stateDir, state);
  await credit(baseUrl, operator, developer);

  const published = await elements(baseUrl, publisher, "/v1/Publisher/AddOns?PageSize=100", "add_ons");
  const installed = await elements(baseUrl, developer, "/v1/InstalledAddOns?PageSize=100", "installed_add_ons");
  for (const definition of definitions(publishersUrl, credentialsOf(state))) {
    const name = definition.unique_name;
    const addOn = published.find((item) => item["unique_name"] === name) ?? (await call(baseUrl, publisher, "POST", "/v1/Publisher/AddOns", { json: definition }));
    const version = addOn["version"] as { sid: string; status: string };
    // AUTO_APPROVE is on in local runs: a submitted version is active.
    if (version.status === "draft") await call(baseUrl, publisher, "POST", `/v1/Publisher/AddOns/${addOn.sid}/Versions/${version.sid}/Submit`);
    const configuration = configurationOf(name, developerUrl);
    const before = installed.find((item) => item["unique_name"] === name);
    const install = before === undefined ? await installAddOn(baseUrl, developer, addOn.sid, configuration) : await configure(baseUrl, developer, before, configuration);
    await enable(baseUrl, developer, install.sid, INCOMING_EXTENSIONS[name] ?? []);
  }
  await pointNumber(baseUrl, developer, developerUrl);
  return { developer, publisher, callbackKey };
}

function credentialsOf({ anagrams_password, number_insight_token, spam_score_key, message_sentiment_key, sound_analysis_password }: DemoState): PublisherCredentials {
  return {
    anagramsPassword: anagrams_password,
    numberInsightToken: number_insight_token,
    spamScoreKey: spam_score_key,
    messageSentimentKey: message_sentiment_key,
    soundAnalysisPassword: sound_analysis_password,
  };
}

async function createKey(baseUrl: string, publisher: Login): Promise<ApiKey> {
  const created = await call(baseUrl, publisher, "POST", `/2010-04-01/Accounts/${publisher.sid}/Keys.json`, { FriendlyName: "Demo callbacks" });
  return { sid: created.sid, secret: String(created["secret"]) };
}

type Configuration = Record<string, string>;

function configurationOf(name: string, developerUrl: string): Configuration {
  if (name === "spam_score") return { strictness: "medium" };
  return name === "sound_analysis" ? { callback_url: `${developerUrl}/recordings` } : {};
}

function installAddOn(baseUrl: string, developer: Login, addOnSid: string, configuration: Configuration): Promise<Json> {
  return call(baseUrl, developer, "POST", "/v1/InstalledAddOns", {
    AvailableAddOnSid: addOnSid,
    AcceptTermsOfService: "true",
    Configuration: JSON.stringify(configuration),
  });
}

/** The example developer's port may be another one than at the start before. What else was configured meanwhile stays. */
async function configure(baseUrl: string, developer: Login, install: Json, { callback_url }: Configuration): Promise<Json> {
  const before = install["configuration"] as Configuration;
  if (callback_url === undefined || before["callback_url"] === callback_url) return install;
  return call(baseUrl, developer, "POST", `/v1/InstalledAddOns/${install.sid}`, { Configuration: JSON.stringify({ ...before, callback_url }) });
}

async function enable(baseUrl: string, developer: Login, installSid: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const path = `/v1/InstalledAddOns/${installSid}/Extensions`;
  for (const extension of await elements(baseUrl, developer, path, "extensions")) {
    if (!names.includes(String(extension["unique_name"])) || extension["enabled"] === true) continue;
    await call(baseUrl, developer, "POST", `${path}/${extension.sid}`, { Enabled: "true" });
  }
}

/** AUTO_APPROVE is on in local runs: the number is verified, so that the operator's switch may deliver to it. */
async function pointNumber(baseUrl: string, developer: Login, developerUrl: string): Promise<void> {
  const path = `/2010-04-01/Accounts/${developer.sid}/IncomingPhoneNumbers`;
  const urls = { SmsUrl: `${developerUrl}/sms`, VoiceUrl: `${developerUrl}/voice` };
  const numbers = await elements(baseUrl, developer, `${path}.json?PhoneNumber=${encodeURIComponent(DEMO_NUMBER)}`, "incoming_phone_numbers");
  const number = numbers.find((item) => item["phone_number"] === DEMO_NUMBER);
  if (number === undefined) await call(baseUrl, developer, "POST", `${path}.json`, { PhoneNumber: DEMO_NUMBER, FriendlyName: "Demo", ...urls });
  else if (number["sms_url"] !== urls.SmsUrl || number["voice_url"] !== urls.VoiceUrl) await call(baseUrl, developer, "POST", `${path}/${number.sid}.json`, urls);
}

/** Once: the key makes a repetition the same credit. */
async function credit(baseUrl: string, operator: Login, developer: Login): Promise<void> {
  await call(baseUrl, operator, "POST", `/v1/Operator/Accounts/${developer.sid}/Credits`, { Amount: "10", Reason: "Demo" }, { "Idempotency-Key": "demo" });
}

async function elements(baseUrl: string, login: Login, path: string, key: string): Promise<Json[]> {
  return (await call(baseUrl, login, "GET", path))[key] as Json[];
}

/** Calls the gateway's public API, as any operator, publisher or developer would. */
async function call(
  baseUrl: string,
  login: Login,
  method: string,
  path: string,
  body?: Record<string, string> | { json: unknown },
  headers: Record<string, string> = {},
): Promise<Json> {
  const isJson = body !== undefined && "json" in body;
  const response = await fetch(baseUrl + path, {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${login.sid}:${login.auth_token}`).toString("base64")}`,
      ...(body && { "Content-Type": isJson ? "application/json" : "application/x-www-form-urlencoded" }),
      ...headers,
    },
    ...(body && { body: isJson ? JSON.stringify(body.json) : new URLSearchParams(body).toString() }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Json;
}
