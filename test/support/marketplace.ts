import { definition, install, lookUp, publish, type LookupResult } from "./add-ons.ts";
import { startGateway, until, type Login, type TestGateway } from "./gateway.ts";
import { startPublisher, type LoopbackPublisher, type ReceivedRequest, type Respond } from "./loopback-publisher.ts";

/** An add-on that the developer has installed. */
export type Offer = { name: string; path: string; addOnSid: string; installedSid: string };

/** An element of `GET /v1/Invocations`. */
export type LoggedInvocation = {
  sid: string;
  role: "developer" | "publisher";
  status: string;
  code: number | null;
  detail: string | null;
  warning: string | null;
  counts_against_sla: boolean;
  price: string;
  duration_ms: number;
  wait_ms: number;
  bytes_in: number;
  attempts: { date_started: string; duration_ms: number; status: number | null; failure: string | null }[];
};

/** A gateway, a developer with credit, and a publisher on loopback whose account owns the add-ons. */
export type Marketplace = {
  gateway: TestGateway;
  publisher: LoopbackPublisher;
  developer: Login;
  owner: Login;
  /** Publishes an add-on whose URL answers so, and installs it. `change` is a change of `definition`, `form` what the install gets. */
  offer(respond: Respond, change?: Record<string, unknown>, form?: Record<string, string>): Promise<Offer>;
  /** Looks the guide's number up with this add-on alone. */
  run(offer: Offer, more?: Record<string, string>): Promise<LookupResult>;
  /** What came to the add-on's URL, oldest first. */
  requestsTo(offer: Offer): ReceivedRequest[];
  /** The newest of them. */
  requireRequestTo(offer: Offer): ReceivedRequest;
  /** How an account that took part sees an invocation. */
  logged(login: Login, requestSid: string): Promise<LoggedInvocation>;
  stop(): Promise<void>;
};

export async function startMarketplace(vars: Record<string, string> = {}): Promise<Marketplace> {
  const [gateway, publisher] = await Promise.all([startGateway(vars), startPublisher()]);
  const [developer, owner] = await Promise.all([gateway.account("Developer", "10"), gateway.account("Publisher")]);
  publisher.authTokens.set(owner.sid, owner.secret);
  let offers = 0;
  const requestsTo = (offer: Offer): ReceivedRequest[] => publisher.requests.filter(({ url }) => url.pathname === offer.path);
  return {
    gateway,
    publisher,
    developer,
    owner,
    async offer(respond, change = {}, form = {}) {
      offers += 1;
      const path = `/offer-${offers}`;
      publisher.on(path, respond);
      const json = definition(publisher, path, change);
      const addOnSid = await publish(gateway, owner, json);
      const installedSid = await install(gateway, developer, addOnSid, form);
      return { name: form["UniqueName"] ?? json.unique_name, path, addOnSid, installedSid };
    },
    async run(offer, more = {}) {
      const answer = await lookUp(gateway, developer, [offer.name], more);
      const result = answer.body.add_ons?.results[offer.name];
      if (result === undefined) throw new Error(`no result of ${offer.name}: ${answer.text}`);
      return result;
    },
    requestsTo,
    requireRequestTo(offer) {
      const request = requestsTo(offer).at(-1);
      if (request === undefined) throw new Error(`no request came to ${offer.name}`);
      return request;
    },
    async logged(login, requestSid) {
      // The developer reads its own desk; the publisher reads what the developer's desk has handed over since.
      return until(`${requestSid} is logged`, async () => {
        const { status, body } = await gateway.call<LoggedInvocation>(login, "GET", `/v1/Invocations/${requestSid}`);
        return status === 200 && body;
      });
    },
    stop: async () => void (await Promise.all([gateway.stop(), publisher.stop()])),
  };
}
