import { addOnsOf, startDeveloperWebhook, type DeveloperWebhook, type WebhookRequest } from "./developer-webhook.ts";
import { basic, callTo, deliver, messageTo, valueOf, type Delivered, type Form } from "./carrier.ts";
import { until } from "./gateway.ts";
import { startMarketplace, type Marketplace, type Offer } from "./marketplace.ts";
import type { Respond } from "./loopback-publisher.ts";
import { addNumber, switchExtension, type OwnNumber } from "./phone-numbers.ts";

/** An element of `GET /v1/Alerts`. */
export type ListedAlert = {
  sid: string;
  account_sid: string;
  error_code: string;
  log_level: string;
  alert_text: string;
  request_method: string | null;
  request_url: string | null;
  resource_sid: string | null;
  service_sid: string | null;
};

/** A marketplace whose developer has an application on loopback, and the operator's switch that delivers to it. */
export type Switchboard = Marketplace & {
  webhook: DeveloperWebhook;
  /** A number of the developer, which the operator added; both its URLs lead to `path` unless `form` says otherwise. */
  number(path: string, form?: Record<string, string>): Promise<OwnNumber>;
  /** As `offer`, for an add-on that runs for incoming messages and calls from its install on, and for nothing else. */
  offerIncoming(respond: Respond, change?: Record<string, unknown>): Promise<Offer>;
  /** As `offerIncoming`, for message analysis: it gets From, To and Body. */
  offerAnalysis(respond: Respond, change?: Record<string, unknown>): Promise<Offer>;
  enable(offer: Offer, extension: string): Promise<void>;
  disable(offer: Offer, extension: string): Promise<void>;
  /** Switches off all that was offered so far, so that the next test begins with nothing that runs. */
  disableAll(): Promise<void>;
  /** Delivers a message as the operator's switch. */
  message(form: Form): Promise<Delivered>;
  /** Delivers a call as the operator's switch. */
  call(form: Form): Promise<Delivered>;
  /** Delivers a new message or call to a number, and finds what the developer's application got of it. */
  received(kind: "message" | "call", number: OwnNumber, change?: Readonly<Record<string, string | undefined>>): Promise<Received>;
  /** The newest alert about a resource that has one of these codes, once it is listed. */
  alert(resourceSid: string, errorCode: number): Promise<ListedAlert>;
  alerts(): Promise<ListedAlert[]>;
  spentMicros(): Promise<number>;
};

export type Received = { form: Form; answer: Delivered; request: WebhookRequest; addOns: ReturnType<typeof addOnsOf> };

const ALL_OF_A_MESSAGE = { from: "{{primary_address}}", to: "{{secondary_address}}", text: "{{body}}" };

export async function startSwitchboard(vars: Record<string, string> = {}): Promise<Switchboard> {
  const market = await startMarketplace(vars);
  const { gateway, developer } = market;
  const webhook = await startDeveloperWebhook(developer.secret);
  const sender = basic(gateway.operator);
  const message = (form: Form): Promise<Delivered> => deliver(gateway, "/v1/IncomingMessages", sender, form);
  const call = (form: Form): Promise<Delivered> => deliver(gateway, "/v1/IncomingCalls", sender, form);
  const disable = ({ installedSid }: Offer, extension: string): Promise<void> => switchExtension(gateway, developer, installedSid, extension, false);
  const offered: { offer: Offer; extensions: string[] }[] = [];
  const offering = async (respond: Respond, change: Record<string, unknown> & { extensions: string[] }): Promise<Offer> => {
    const offer = await market.offer(respond, change);
    offered.push({ offer, extensions: change.extensions });
    return offer;
  };
  const alerts = async (): Promise<ListedAlert[]> => (await gateway.call<{ alerts: ListedAlert[] }>(developer, "GET", "/v1/Alerts?PageSize=1000")).body.alerts;
  return {
    ...market,
    webhook,
    message,
    call,
    alerts,
    number: (path, form = {}) => addNumber(gateway, gateway.operator, developer.sid, { SmsUrl: webhook.origin + path, VoiceUrl: webhook.origin + path, ...form }),
    offerIncoming: (respond, change = {}) => offering(respond, { extensions: ["sms-incoming", "voice-incoming"], ...change }),
    offerAnalysis: (respond, change = {}) => offering(respond, { type: "message_analysis", extensions: ["sms-incoming"], request: { body: ALL_OF_A_MESSAGE }, ...change }),
    async disableAll() {
      for (const { offer, extensions } of offered.splice(0)) for (const extension of extensions) await disable(offer, extension);
    },
    disable,
    enable: ({ installedSid }, extension) => switchExtension(gateway, developer, installedSid, extension, true),
    async received(kind, { phoneNumber }, change = {}) {
      const form = kind === "message" ? messageTo(phoneNumber, change) : callTo(phoneNumber, change);
      const before = webhook.requests.length;
      const answer = await (kind === "message" ? message(form) : call(form));
      const [request, ...more] = webhook.requests.slice(before).filter(({ rawBody }) => rawBody.includes(valueOf(form, kind === "message" ? "MessageSid" : "CallSid")));
      if (request === undefined || more.length > 0) throw new Error(`${more.length} webhooks too many for a ${kind} that was answered ${answer.status} ${answer.text.slice(0, 300)}`);
      return { form, answer, request, addOns: addOnsOf(request) };
    },
    alert: (resourceSid, errorCode) =>
      until(`an alert ${errorCode} about ${resourceSid} is listed`, async () => (await alerts()).find((each) => each.resource_sid === resourceSid && each.error_code === String(errorCode))),
    async spentMicros() {
      const { body } = await gateway.call<{ spent: string }>(gateway.operator, "GET", `/v1/Operator/Accounts/${developer.sid}/Desk`);
      return Math.round(Number(body.spent) * 1e6);
    },
    stop: async () => void (await Promise.all([market.stop(), webhook.stop()])),
  };
}
