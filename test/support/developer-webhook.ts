import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import express, { type NextFunction, type Request, type Response } from "express";
import twilio from "twilio";
import type { LookupAnswer } from "./add-ons.ts";

/** A request as the developer's application received it. */
export type WebhookRequest = {
  method: string;
  /** Path and query, as sent. */
  originalUrl: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** As Express parsed it; empty in raw mode and without a form body. */
  body: Readonly<Record<string, string | string[]>>;
  rawBody: string;
  receivedAtMs: number;
};

export type Handle = (request: WebhookRequest, response: Response) => void | Promise<void>;
export type HandleRaw = (request: WebhookRequest, response: ServerResponse, socket: Socket) => void | Promise<void>;

/** A developer's application: Express 5 and the official middleware, as the official documentation sets them up. */
export type DeveloperWebhook = {
  origin: string;
  requests: WebhookRequest[];
  /** Requests that the official middleware refused, or that are no webhook at all: must stay empty. */
  violations: string[];
  /** What the middleware validates with; the test changes it when it rotates the account's token. */
  authToken: string;
  /** What a path answers; without a handler it is an empty TwiML response. */
  on(path: string, handle: Handle): void;
  /** For URLs that misbehave: neither Express nor validation stands before it. */
  onRaw(path: string, handle: HandleRaw): void;
  /** What came to a path, oldest first. */
  requestsTo(path: string): WebhookRequest[];
  stop(): Promise<void>;
};

export const EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

export const answeringTwiml =
  (twiml: string): Handle =>
  (_request, response) =>
    void response.type("text/xml").send(twiml);

export async function startDeveloperWebhook(authToken: string): Promise<DeveloperWebhook> {
  const handlers = new Map<string, Handle>();
  const rawHandlers = new Map<string, HandleRaw>();
  const sockets = new Set<Socket>();
  const webhook: DeveloperWebhook = {
    origin: "",
    requests: [],
    violations: [],
    authToken,
    on: (path, handle) => void handlers.set(path, handle),
    onRaw: (path, handle) => void rawHandlers.set(path, handle),
    requestsTo: (path) => webhook.requests.filter((request) => request.path === path),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };

  const app = express();
  const rawBodies = new WeakMap<IncomingMessage, string>();
  app.use(express.urlencoded({ extended: false, limit: "4mb", verify: (incoming, _response, body) => void rawBodies.set(incoming, body.toString("utf8")) }));
  app.use((request: Request, response: Response, next: NextFunction) => {
    let isAccepted = false;
    response.on("finish", () => {
      if (!isAccepted) webhook.violations.push(`${request.method} ${request.originalUrl}: the official middleware answered ${response.statusCode}`);
    });
    twilio.webhook(webhook.authToken)(request, response, (error?: unknown) => {
      isAccepted = error === undefined;
      next(error);
    });
  });
  app.use(async (request: Request, response: Response) => {
    const received = receivedFrom(request, request.path, (request.body ?? {}) as WebhookRequest["body"], rawBodies.get(request) ?? "");
    webhook.requests.push(received);
    await (handlers.get(request.path) ?? answeringTwiml(EMPTY_TWIML))(received, response);
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    webhook.violations.push(`${request.method} ${request.originalUrl}: ${String(error)}`);
    response.status(500).end();
  });

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(incoming.url ?? "", webhook.origin);
    const handleRaw = rawHandlers.get(pathname);
    if (handleRaw === undefined) return void app(incoming, response);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const received = receivedFrom(incoming, pathname, {}, Buffer.concat(chunks).toString("utf8"));
    webhook.requests.push(received);
    await handleRaw(received, response, incoming.socket);
  };
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => webhook.violations.push(`${incoming.url}: ${String(error)}`));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  webhook.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return webhook;
}

const receivedFrom = (incoming: IncomingMessage, path: string, body: WebhookRequest["body"], rawBody: string): WebhookRequest => ({
  method: incoming.method ?? "",
  originalUrl: ("originalUrl" in incoming ? String(incoming.originalUrl) : incoming.url) ?? "",
  path,
  headers: incoming.headers,
  body,
  rawBody,
  receivedAtMs: Date.now(),
});

/** The form as it was sent, pair by pair. */
export const pairsOf = (request: WebhookRequest): [string, string][] => [...new URLSearchParams(request.rawBody)];

/** The value of one parameter that must be there exactly once. */
export function parameterOf(request: WebhookRequest, name: string): string {
  const values = new URLSearchParams(request.rawBody).getAll(name);
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) throw new Error(`the webhook got ${values.length} times ${name}`);
  return value;
}

/** The envelope in the AddOns parameter. */
export const addOnsOf = (request: WebhookRequest): NonNullable<LookupAnswer["add_ons"]> =>
  JSON.parse(parameterOf(request, "AddOns")) as NonNullable<LookupAnswer["add_ons"]>;
