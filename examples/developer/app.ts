import express, { type ErrorRequestHandler, type Express } from "express";
import twilio from "twilio";
import { readAddOns } from "./add-ons.ts";
import { createRecordings } from "./recordings.ts";
import { replyToCall, replyToMessage } from "./replies.ts";

export type DeveloperOptions = {
  /** Of the account: the gateway signs webhooks with the token, and both fetch what came of recordings. */
  accountSid: string;
  authToken: string;
  gatewayOrigin: string;
  /** Where the number's URLs and the relay's point, if this runs behind a proxy; otherwise the request says it. */
  publicOrigin?: string | undefined;
};

/** `AddOns` is up to 12 answers of 64 KB, percent-encoded; Express takes 100 KB unless told. */
const bodyLimit = "4mb";

/** The example developer's webhooks, not yet listening. */
export function createDeveloper({ accountSid, authToken, gatewayOrigin, publicOrigin }: DeveloperOptions): Express {
  if (authToken === "") throw new Error("without an auth token no webhook can be verified");
  const app = express();
  app.disable("x-powered-by");
  app.get("/health", (_, response) => void response.json({ status: "ok" }));

  app.use(express.urlencoded({ extended: false, limit: bodyLimit }));
  app.use(twilio.webhook(authToken, publicOrigin === undefined ? {} : originOptions(publicOrigin)));
  app.post("/sms", (request, response) => {
    const { Body, AddOns } = parametersOf(request.body);
    response.type("text/xml").send(replyToMessage(typeof Body === "string" ? Body : "", readAddOns(AddOns)));
  });
  app.post("/voice", (request, response) => {
    response.type("text/xml").send(replyToCall(readAddOns(parametersOf(request.body)["AddOns"])));
  });
  const hear = createRecordings({ gatewayOrigin, accountSid, authToken });
  app.post("/recordings", async (request, response) => void response.status(await hear(parametersOf(request.body))).end());
  app.use(onError);
  return app;
}

/** A request without a body has none here either. */
function parametersOf(body: unknown): Record<string, unknown> {
  return typeof body === "object" && body !== null ? { ...body } : {};
}

function originOptions(origin: string): { protocol: string; host: string } {
  const { protocol, host } = new URL(origin);
  return { protocol: protocol.slice(0, -1), host };
}

/** Express would show the stack, and log it: a parser's message may quote the request. Four parameters make it an error's handler. */
const onError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  const status = typeof error === "object" && error !== null && "status" in error && typeof error.status === "number" ? error.status : 500;
  console.error(JSON.stringify({ status, error: error instanceof Error ? error.name : "unknown" }));
  response.status(status).type("text/plain").send(status < 500 ? "The request cannot be read." : "The webhook failed.");
};
