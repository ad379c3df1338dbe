/** An incoming message: what a carrier sends, and what must come of it. */
import { requireNumberWith } from "./add-on-names.ts";
import { requireAddOnResults } from "./add-on-results.ts";
import { basicAuth, type Credentials } from "./api-client.ts";
import { messageSidMark } from "./message-sid.ts";
import { webhookAnswer } from "./webhook-answer.ts";
import { anyone, works, type HttpRequest, type Work } from "./works.ts";

/** The parameters of every message webhook, as many as a carrier sends. */
function parametersOf(to: string, accountSid: string): Record<string, string> {
  return {
    ToCountry: "US",
    ToState: "CA",
    SmsMessageSid: messageSidMark,
    NumMedia: "0",
    ToCity: "SAN FRANCISCO",
    FromZip: "94107",
    SmsSid: messageSidMark,
    FromState: "CA",
    SmsStatus: "received",
    FromCity: "SAN JOSÉ",
    Body: "Is the blue one still available? ¿Y cuánto cuesta? Thanks 🙂",
    FromCountry: "US",
    To: to,
    ToZip: "94105",
    NumSegments: "1",
    MessageSid: messageSidMark,
    AccountSid: accountSid,
    From: "+18778894546",
    ApiVersion: "2010-04-01",
  };
}

/**
 * The same for every system, but for whose credentials and account they are. Nothing for a work of another kind.
 * @param carrier who delivers the message
 * @param accountSid the account that the number belongs to
 */
export function messageRequest(work: Work, carrier: Credentials = anyone, accountSid: string = anyone.sid): HttpRequest | undefined {
  const { kind, addOnCount } = works[work];
  if (kind !== "message") return undefined;
  const body = new URLSearchParams(parametersOf(requireNumberWith(addOnCount), accountSid)).toString();
  const headers = { authorization: basicAuth(carrier), "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", path: "/v1/IncomingMessages", headers, body };
}

/** Throws unless the webhook's own answer came back. */
export function requireMessageAnswer(work: Work, text: string): void {
  if (text !== webhookAnswer) throw new Error(`${work}: ${text.slice(0, 500)} is not what the webhook answered`);
}

/** Throws unless the webhook was told everything that the carrier sent, and `AddOns` with the right results. */
export function requireWebhookBody(work: Work, request: HttpRequest, text: string): void {
  const told = new URLSearchParams(text);
  const [addOns = "null", ...more] = told.getAll("AddOns");
  if (more.length > 0) throw new Error(`${work}: the webhook got AddOns ${more.length + 1} times`);
  requireAddOnResults(work, JSON.parse(addOns));
  told.delete("AddOns");

  const sid = told.get("MessageSid") ?? "";
  if (!/^SM[0-9a-f]{32}$/.test(sid)) throw new Error(`${work}: the webhook got MessageSid ${sid}`);
  const sent = new URLSearchParams(request.body);
  for (const parameters of [told, sent]) parameters.sort();
  const passedOn = told.toString().replaceAll(sid, messageSidMark);
  if (passedOn !== sent.toString()) throw new Error(`${work}: the webhook got ${passedOn} where ${sent.toString()} was sent`);
}
