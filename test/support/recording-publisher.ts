import { createHash } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import twilio from "twilio";
import { authorization, type Login } from "./gateway.ts";

/** What a publisher of a recording add-on received. */
export type ReceivedAudio = {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Of the body: a JSON object, a form, or the text parts of a multipart body. */
  parameters: Record<string, unknown>;
  /** The part of a multipart body that is a file. */
  file: ReceivedFile | null;
  callbackUrl: string;
  requestSid: string;
};
export type ReceivedFile = { part: string; name: string; mediaType: string; bytes: Buffer };

export type RespondToAudio = (audio: ReceivedAudio, response: ServerResponse) => void | Promise<void>;

/** A real HTTP publisher of recording add-ons on loopback. */
export type RecordingPublisher = {
  origin: string;
  received: ReceivedAudio[];
  /** What the official client's validator objects to: must stay empty. */
  violations: string[];
  /** How it answers audio; it accepts it with 202 unless a test says otherwise. */
  respond: RespondToAudio;
  /** How one path answers. */
  on(path: string, respond: RespondToAudio): void;
  /** Posts a result as the account does; JSON unless `body` is given as bytes. */
  callBack(audio: ReceivedAudio, body: unknown, login?: Login | null, headers?: Record<string, string>): Promise<{ status: number; text: string }>;
  stop(): Promise<void>;
};

export async function startRecordingPublisher(owner: Login): Promise<RecordingPublisher> {
  const paths = new Map<string, RespondToAudio>();
  const server = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) => publisher.violations.push(String(error)));
  });
  const publisher: RecordingPublisher = {
    origin: "",
    received: [],
    violations: [],
    respond: (_audio, response) => void response.writeHead(202).end(),
    on: (path, respond) => void paths.set(path, respond),
    async callBack(audio, body, login = owner, headers = {}) {
      const bytes = Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body);
      const response = await fetch(audio.callbackUrl, { method: "POST", headers: { "Content-Type": "application/json", ...authorization(login), ...headers }, body: bytes });
      return { status: response.status, text: await response.text() };
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const audio = await receive(request, publisher.origin);
    publisher.received.push(audio);
    publisher.violations.push(...violationsOf(audio, owner));
    await (paths.get(audio.url.pathname) ?? publisher.respond)(audio, response);
  }
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  publisher.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return publisher;
}

async function receive(request: IncomingMessage, origin: string): Promise<ReceivedAudio> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const url = new URL(origin + (request.url ?? ""));
  const { parameters, file } = await contentOf(request.headers["content-type"] ?? "", body);
  const inBody = parameters["callback_url"];
  const callbackUrl = url.searchParams.get("callback_url") ?? (typeof inBody === "string" ? inBody : "");
  return { method: request.method ?? "", url, headers: request.headers, body, parameters, file, callbackUrl, requestSid: String(request.headers["x-twilio-requestsid"]) };
}

/** Read by the platform's own parsers, as a publisher's framework would. */
async function contentOf(type: string, body: Buffer): Promise<Pick<ReceivedAudio, "parameters" | "file">> {
  if (type.startsWith("application/json")) return { parameters: JSON.parse(body.toString()) as Record<string, unknown>, file: null };
  if (!/^(?:multipart\/form-data|application\/x-www-form-urlencoded)/.test(type)) return { parameters: {}, file: null };
  const form = await new Response(new Uint8Array(body), { headers: { "Content-Type": type } }).formData();
  const parameters: Record<string, unknown> = {};
  let file: ReceivedFile | null = null;
  for (const [part, value] of form) {
    if (typeof value === "string") parameters[part] = value;
    else file = { part, name: value.name, mediaType: value.type, bytes: Buffer.from(await value.arrayBuffer()) };
  }
  return { parameters, file };
}

const HEADERS = ["vendoraccountsid", "signature", "requestsid", "addonsid", "addonversionsid", "addoninstallsid", "addonconfigurationsid"];

/** Guide, "Headers": seven always come. For JSON and binary bodies the URL carries a hash, and only the URL is signed; else the parameters are. */
function violationsOf({ url, headers, body, parameters }: ReceivedAudio, owner: Login): string[] {
  const violations = HEADERS.filter((name) => headers[`x-twilio-${name}`] === undefined).map((name) => `${url.pathname}: no X-Twilio-${name}`);
  if (headers["x-twilio-vendoraccountsid"] !== owner.sid) violations.push(`${url.pathname}: another vendor`);
  const isForm = /^(?:multipart|application\/x-www-form-urlencoded)/.test(headers["content-type"] ?? "");
  const signed = isForm ? (parameters as Record<string, string>) : {};
  if (!twilio.validateRequest(owner.secret, String(headers["x-twilio-signature"] ?? ""), url.href, signed)) violations.push(`${url.pathname}: X-Twilio-Signature does not fit`);
  const expectedHash = isForm || body.byteLength === 0 ? null : createHash("sha256").update(body).digest("hex");
  if (url.searchParams.get("bodySHA256") !== expectedHash) violations.push(`${url.pathname}: bodySHA256 does not fit`);
  if (body.byteLength > 0 && headers["content-length"] !== String(body.byteLength)) violations.push(`${url.pathname}: no Content-Length, or a wrong one`);
  return violations;
}
