import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Webhook } from "standardwebhooks";
import twilio from "twilio";

/** A request as a publisher received it. */
export type ReceivedRequest = {
  method: string;
  /** As sent: path and query. */
  target: string;
  url: URL;
  headers: IncomingMessage["headers"];
  body: string;
  /** Of a form body. */
  form: Record<string, string>;
  receivedAtMs: number;
};

export type Respond = (request: ReceivedRequest, response: ServerResponse, socket: Socket) => void | Promise<void>;

/** A real HTTP publisher on loopback. What each path answers is set by the test. */
export type LoopbackPublisher = {
  origin: string;
  requests: ReceivedRequest[];
  /** What the official client's validators and the Standard Webhooks library object to: must stay empty. */
  violations: string[];
  /** The tokens that sign, by account SID, several while one is rotated: a request of another account is a violation. */
  authTokens: Map<string, string | readonly string[]>;
  on(path: string, respond: Respond): void;
  /** How many requests wait for their headers now, and the most that ever did so together for more than a moment. */
  waiting: { now: number; most: number };
  stop(): Promise<void>;
};

/** Far less than a call that hangs takes, and more than this process may be busy. */
const MOMENT_MS = 200;

/** Answers with a JSON object. */
export const answering =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Respond =>
  (_request, response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(value));
  };

export async function startPublisher(): Promise<LoopbackPublisher> {
  const paths = new Map<string, Respond>();
  const sockets = new Set<Socket>();
  const publisher: LoopbackPublisher = {
    origin: "",
    requests: [],
    violations: [],
    authTokens: new Map(),
    waiting: { now: 0, most: 0 },
    on: (path, respond) => void paths.set(path, respond),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    publisher.waiting.now += 1;
    let isWaiting = true;
    // The end of a call that the gateway gave up may arrive here after the beginning of the next one.
    setTimeout(() => {
      if (isWaiting) publisher.waiting.most = Math.max(publisher.waiting.most, publisher.waiting.now);
    }, MOMENT_MS);
    const done = (): void => {
      if (isWaiting) publisher.waiting.now -= 1;
      isWaiting = false;
    };
    const writeHead = response.writeHead.bind(response);
    response.writeHead = ((...args: Parameters<typeof writeHead>) => (done(), writeHead(...args))) as typeof response.writeHead;
    response.on("close", done);

    const request = await receive(incoming, publisher.origin);
    publisher.requests.push(request);
    publisher.violations.push(...violationsOf(request, publisher));
    const respond = paths.get(request.url.pathname);
    if (respond === undefined) response.writeHead(404).end();
    else await respond(request, response, incoming.socket);
  };
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => publisher.violations.push(`${incoming.url}: ${String(error)}`));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  publisher.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return publisher;
}

async function receive(incoming: IncomingMessage, origin: string): Promise<ReceivedRequest> {
  const receivedAtMs = Date.now();
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  const isForm = incoming.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  const target = incoming.url ?? "";
  return {
    method: incoming.method ?? "",
    target,
    url: new URL(origin + target),
    headers: incoming.headers,
    body,
    form: isForm ? Object.fromEntries(new URLSearchParams(body)) : {},
    receivedAtMs,
  };
}

function violationsOf(request: ReceivedRequest, { authTokens, origin }: LoopbackPublisher): string[] {
  const tokens = [authTokens.get(String(request.headers["x-twilio-vendoraccountsid"])) ?? []].flat();
  const found = tokens.map((token) => violationsWith(token, request, origin));
  return found.find((violations) => violations.length === 0) ?? found[0] ?? [`${request.target}: signed by an unknown account`];
}

/** Judged by the official client and by the Standard Webhooks library, never by our own code. */
export function violationsWith(token: string, request: ReceivedRequest, origin: string): string[] {
  const header = (name: string): string => String(request.headers[name] ?? "");
  const url = origin + request.target;
  const signature = header("x-twilio-signature");
  const isValid = request.url.searchParams.has("bodySHA256")
    ? twilio.validateRequestWithBody(token, signature, url, request.body)
    : twilio.validateRequest(token, signature, url, request.form);
  const violations = isValid ? [] : [`${request.target}: X-Twilio-Signature does not fit`];
  try {
    new Webhook(Buffer.from(token).toString("base64")).verify(request.body, {
      "webhook-id": header("webhook-id"),
      "webhook-timestamp": header("webhook-timestamp"),
      "webhook-signature": header("webhook-signature"),
    });
  } catch (error) {
    // The library parses the body as JSON once the signature has passed; other bodies are fine.
    if (!(error instanceof SyntaxError)) violations.push(`${request.target}: ${String(error)}`);
  }
  return violations;
}
