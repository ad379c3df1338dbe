import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import twilio from "twilio";
import { authorization, type Login } from "./gateway.ts";

/** Audio as a publisher received it. */
export type ReceivedAudio = { method: string; url: URL; headers: IncomingMessage["headers"]; body: Buffer; callbackUrl: string };

/** A real HTTP publisher of a recording add-on on loopback. */
export type RecordingPublisher = {
  origin: string;
  received: ReceivedAudio[];
  /** What the official client's validator objects to: must stay empty. */
  violations: string[];
  /** How it answers audio; it accepts it with 202 unless a test says otherwise. */
  respond: (audio: ReceivedAudio, response: ServerResponse) => void | Promise<void>;
  /** Posts a result as the account does; JSON unless `body` is given as bytes. */
  callBack(audio: ReceivedAudio, body: unknown, login?: Login | null, headers?: Record<string, string>): Promise<{ status: number; text: string }>;
  stop(): Promise<void>;
};

export async function startRecordingPublisher(owner: Login): Promise<RecordingPublisher> {
  const server = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) => publisher.violations.push(String(error)));
  });
  const publisher: RecordingPublisher = {
    origin: "",
    received: [],
    violations: [],
    respond: (_audio, response) => void response.writeHead(202).end(),
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
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "", publisher.origin);
    const audio = { method: request.method ?? "", url, headers: request.headers, body: Buffer.concat(chunks), callbackUrl: url.searchParams.get("callback_url") ?? "" };
    publisher.received.push(audio);
    publisher.violations.push(...violationsOf(audio, owner.secret));
    await publisher.respond(audio, response);
  }
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  publisher.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return publisher;
}

/** For a binary body the URL carries its hash, and only the URL is signed. */
function violationsOf({ url, headers, body }: ReceivedAudio, token: string): string[] {
  const violations: string[] = [];
  if (!twilio.validateRequest(token, String(headers["x-twilio-signature"] ?? ""), url.href, {})) violations.push(`${url.pathname}: X-Twilio-Signature does not fit`);
  if (url.searchParams.get("bodySHA256") !== createHash("sha256").update(body).digest("hex")) violations.push(`${url.pathname}: bodySHA256 does not fit`);
  if (headers["content-length"] !== String(body.byteLength)) violations.push(`${url.pathname}: no Content-Length, or a wrong one`);
  return violations;
}
