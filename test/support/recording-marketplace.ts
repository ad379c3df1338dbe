import { definition, install, publish } from "./add-ons.ts";
import { addOnsOf, startDeveloperWebhook, type DeveloperWebhook, type WebhookRequest } from "./developer-webhook.ts";
import { startGateway, until, type Login, type TestGateway } from "./gateway.ts";
import type { LoggedInvocation } from "./marketplace.ts";
import { startRecordingPublisher, type ReceivedAudio, type RecordingPublisher, type RespondToAudio } from "./recording-publisher.ts";
import { postRecording, type Recording, type Upload } from "./recordings.ts";

/** A recording add-on that can be installed. */
export type RecordingOffer = { name: string; path: string; addOnSid: string };

/** As `…/Recordings/{RE}/AddOnResults` lists it. */
export type AddOnResult = { sid: string; status: string; add_on_sid: string; add_on_configuration_sid: string; reference_sid: string; date_completed: string | null };
export type Payload = { sid: string; label: string; content_type: string };

/** One recording of a developer of its own, sent to one add-on. */
export type SentRecording = { developer: Login; installedSid: string; recording: Recording } & RecordingOffer;

export type SendOptions = Upload & {
  change?: Record<string, unknown>;
  respond?: RespondToAudio;
  configuration?: Record<string, unknown>;
  /** The developer's credit. */
  dollars?: string;
};

/** The item of one add-on in what a developer is told. */
export type RelayItem = {
  request_sid: string;
  status: string;
  message: string | null;
  code: number | null;
  channel?: number;
  detail?: string;
  payload: { content_type: string; url: string }[];
  links: { add_on_result: string; payloads: string; recording: string };
};

/** A gateway, and a publisher on loopback whose account owns the recording add-ons. */
export type RecordingMarketplace = {
  gateway: TestGateway;
  owner: Login;
  publisher: RecordingPublisher;
  /** Publishes an add-on that gets audio at a path of its own. */
  offer(change?: Record<string, unknown>, respond?: RespondToAudio): Promise<RecordingOffer>;
  install(developer: Login, offer: RecordingOffer, configuration?: Record<string, unknown>, form?: Record<string, string>): Promise<string>;
  record(developer: Login, upload?: Upload): Promise<Recording>;
  /** All of it for a new developer. */
  send(options?: SendOptions): Promise<SentRecording>;
  /** The same for a developer whose application hears of results at /results. */
  sendWithRelay(options?: SendOptions): Promise<SentRecording & { webhook: DeveloperWebhook }>;
  /** What came to an add-on, oldest first, once there are so many. */
  received(offer: RecordingOffer, count?: number): Promise<ReceivedAudio[]>;
  /** The first that came to it. */
  audioOf(offer: RecordingOffer): Promise<ReceivedAudio>;
  results(developer: Login, recordingSid: string): Promise<AddOnResult[]>;
  /** The one result of a recording, once it has this status. */
  resultIn(status: string, sent: Pick<SentRecording, "developer" | "recording">, limitMs?: number): Promise<AddOnResult>;
  payloads(developer: Login, result: AddOnResult): Promise<Payload[]>;
  /** The text of a payload, as its URL leads to it. */
  data(developer: Login, result: AddOnResult, payload: Payload): Promise<string>;
  /** How an account that took part sees an invocation. */
  logged(login: Login, requestSid: string): Promise<LoggedInvocation>;
  balance(login: Login): Promise<string>;
  /** What the official client's validators object to, at the publisher's and at developers': must stay empty. */
  violations(): string[];
  stop(): Promise<void>;
};

/** Audio as the body, the callback's URL in the query, and nothing to pay. */
export function recordingAddOn(origin: string, path: string, change: Record<string, unknown> = {}): ReturnType<typeof definition> {
  const { request, ...rest } = change as { request?: Record<string, unknown> };
  return definition({ origin } as Parameters<typeof definition>[0], path, {
    type: "recording_analysis",
    extensions: ["recording-verb"],
    request: { method: "POST", body_format: "binary", body: "{{audio_data}}", query: { callback_url: "{{callback_url}}" }, ...request },
    pricing: { model: "per_use", unit_price: "0", currency: "USD" },
    ...rest,
  });
}

export async function startRecordingMarketplace(vars: Record<string, string> = {}, stateDir?: string): Promise<RecordingMarketplace> {
  const gateway = await startGateway(vars, stateDir);
  const owner = await gateway.account("Publisher");
  const publisher = await startRecordingPublisher(owner);
  const webhooks: DeveloperWebhook[] = [];
  let offers = 0;
  const receivedBy = ({ path }: RecordingOffer): ReceivedAudio[] => publisher.received.filter(({ url }) => url.pathname === path);

  const marketplace: RecordingMarketplace = {
    gateway,
    owner,
    publisher,
    async offer(change, respond) {
      offers += 1;
      const path = `/audio-${offers}`;
      if (respond) publisher.on(path, respond);
      const json = recordingAddOn(publisher.origin, path, change);
      return { name: json.unique_name, path, addOnSid: await publish(gateway, owner, json) };
    },
    install: (developer, { addOnSid }, configuration = {}, form = {}) => install(gateway, developer, addOnSid, { Configuration: JSON.stringify(configuration), ...form }),
    async record(developer, upload) {
      const { status, body, text } = await postRecording(gateway, developer, upload);
      if (status !== 201) throw new Error(`not stored: ${text}`);
      return body;
    },
    async send({ change, respond, configuration, dollars, ...upload } = {}) {
      const [developer, offer] = await Promise.all([gateway.account("Developer", dollars), marketplace.offer(change, respond)]);
      const installedSid = await marketplace.install(developer, offer, configuration);
      return { ...offer, developer, installedSid, recording: await marketplace.record(developer, upload) };
    },
    async sendWithRelay({ change, respond, configuration, dollars, ...upload } = {}) {
      const [developer, offer] = await Promise.all([gateway.account("Developer", dollars), marketplace.offer(change, respond)]);
      const webhook = await startDeveloperWebhook(developer.secret);
      webhooks.push(webhook);
      const installedSid = await marketplace.install(developer, offer, { callback_url: `${webhook.origin}/results`, ...configuration });
      return { ...offer, developer, installedSid, webhook, recording: await marketplace.record(developer, upload) };
    },
    received: (offer, count = 1) => until(`${offer.path} got ${count}`, () => receivedBy(offer).length >= count && receivedBy(offer)),
    async audioOf(offer) {
      const [audio] = await marketplace.received(offer);
      if (audio === undefined) throw new Error(`nothing came to ${offer.path}`);
      return audio;
    },
    async results(developer, recordingSid) {
      return (await gateway.call<{ add_on_results: AddOnResult[] }>(developer, "GET", `${resultsPath(developer, recordingSid)}.json`)).body.add_on_results;
    },
    async resultIn(status, { developer, recording }, limitMs) {
      return until(`the result of ${recording.sid} is ${status}`, async () => {
        const results = await marketplace.results(developer, recording.sid);
        return results.length === 1 && results.find((result) => result.status === status);
      }, limitMs);
    },
    async payloads(developer, { sid, reference_sid }) {
      return (await gateway.call<{ payloads: Payload[] }>(developer, "GET", `${resultsPath(developer, reference_sid)}/${sid}/Payloads.json`)).body.payloads;
    },
    async data(developer, result, payload) {
      const path = `${resultsPath(developer, result.reference_sid)}/${result.sid}/Payloads/${payload.sid}/Data.json`;
      const { body } = await gateway.call<{ redirect_to: string }>(developer, "GET", path);
      return (await fetch(body.redirect_to)).text();
    },
    logged: (login, requestSid) =>
      until(`${requestSid} is logged`, async () => {
        const { status, body } = await gateway.call<LoggedInvocation>(login, "GET", `/v1/Invocations/${requestSid}`);
        return status === 200 && body;
      }),
    async balance(login) {
      return (await gateway.call<{ balance: string }>(login, "GET", `/2010-04-01/Accounts/${login.sid}/Balance.json`)).body.balance;
    },
    violations: () => [publisher, ...webhooks].flatMap(({ violations }) => violations),
    stop: async () => void (await Promise.all([gateway, publisher, ...webhooks].map((one) => one.stop()))),
  };
  return marketplace;
}

const resultsPath = (developer: Login, recordingSid: string): string => `/2010-04-01/Accounts/${developer.sid}/Recordings/${recordingSid}/AddOnResults`;

/** The first relay that comes to a developer, whose one add-on it tells of. */
export async function requireRelayTo({ requestsTo }: DeveloperWebhook): Promise<RelayItem> {
  return relayItemOf(await until("a relay comes", () => requestsTo("/results")[0]));
}

/** What a developer's URL is told of its one add-on. */
export function relayItemOf(request: WebhookRequest): RelayItem {
  const [item] = Object.values(addOnsOf(request).results);
  if (item === undefined) throw new Error("the relay names no result");
  return item as unknown as RelayItem;
}
