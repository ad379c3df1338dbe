import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createAnagrams } from "./anagrams/answer.ts";
import type { Answer, AnswerFunction } from "./answer.ts";
import { AnsweredRequests } from "./answered-requests.ts";
import { answeringDefinitions, type Definition, type PublisherCredentials } from "./definitions.ts";
import { answerMessageSentiment } from "./message_sentiment/answer.ts";
import { answerNumberInsight } from "./number_insight/answer.ts";
import { readBody } from "./read-body.ts";
import type { CallbackKey } from "./sound_analysis/post-report.ts";
import { createSoundAnalysis } from "./sound_analysis/sound-analysis.ts";
import { answerSpamScore } from "./spam_score/answer.ts";
import { verifyRequest } from "./verify-request.ts";

/** A text of 4,096 characters, which message_sentiment takes, is up to 24 KiB of JSON. */
const maxBodyBytes = 32 * 1024;
/** For two minutes' requests at 160 a second; an answer is some 5 KB at most. */
const maxRememberedRequests = 20_000;
/** Of a request to an add-on that answers at once; the headers of all of them. */
const maxRequestMs = 5_000;
/** Four hours of sound are up to 690 MB, and a gateway may send them slowly. */
const maxUploadMs = 15 * 60_000;
/** Longer than clients keep an idle connection, so that none of them sends its next request into one that is being closed. */
const keepAliveMs = 65_000;

const mediaTypes = { none: undefined, form: "application/x-www-form-urlencoded", json: "application/json" };

export type PublisherOptions = {
  origin: string;
  authTokens: readonly string[];
  credentials: PublisherCredentials;
  /** An API key of the publisher's account, with which sound_analysis calls back. */
  callbackKey: CallbackKey;
};

export type Publishers = {
  server: Server;
  /** Gives up the reports that no gateway has taken yet; until then they keep the process alive. */
  stopReports: () => void;
};

type AddOn = { definition: Definition; answer: AnswerFunction; answered: AnsweredRequests };
type Reply = { status: number; body: string; headers?: Record<string, string> };

/** The example publishers' server, not yet listening. It knows no secret but those it is given. */
export function createPublishers({ origin, authTokens, credentials, callbackKey }: PublisherOptions): Publishers {
  if (authTokens.length === 0 || authTokens.includes("")) throw new Error("without an auth token anybody could sign");
  const answers: Record<string, AnswerFunction> = {
    publisher_anagrams: createAnagrams(),
    number_insight: answerNumberInsight,
    spam_score: answerSpamScore,
    message_sentiment: answerMessageSentiment,
  };
  const addOns = new Map<string, AddOn>();
  for (const definition of answeringDefinitions(origin, credentials)) {
    const answer = answers[definition.unique_name];
    if (answer === undefined) throw new Error(`nothing answers for ${definition.unique_name}`);
    addOns.set(new URL(definition.request.url).pathname, { definition, answer, answered: new AnsweredRequests(maxRememberedRequests) });
  }

  const sound = createSoundAnalysis({ origin, authTokens, password: credentials.soundAnalysisPassword, callbackKey });

  const limits = { requestTimeout: maxUploadMs, headersTimeout: maxRequestMs, connectionsCheckingInterval: 1_000, keepAliveTimeout: keepAliveMs };
  const server = createServer(limits, (request, response) => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    if (path === sound.path) return void sound.handle(request, response);
    const addOn = addOns.get(path);
    const reply = addOn === undefined ? replyOutsideAddOns(request.method, path) : replyFor(addOn, request, { origin, authTokens });
    Promise.resolve(reply).then(
      // What has not been read by now never will be: the connection ends with the answer.
      (settled) => send(response, request.complete ? settled : { ...settled, headers: { ...settled.headers, connection: "close" } }),
      (error: unknown) => {
        if (response.destroyed) return; // The client hung up.
        // The kind of error only: its message might quote the request.
        console.error(JSON.stringify({ status: 500, path, error: error instanceof Error ? error.name : "unknown" }));
        send(response, replyError(500, "internal_error", "This publisher failed. The gateway will try again."));
      },
    );
  });
  return { server, stopReports: () => sound.stop() };
}

function replyOutsideAddOns(method: string | undefined, path: string): Reply {
  if (path === "/health" && method === "GET") return { status: 200, body: JSON.stringify({ status: "ok" }) };
  return replyError(404, "not_found", "There is no add-on at this path.");
}

async function replyFor(addOn: AddOn, request: IncomingMessage, gateway: Pick<PublisherOptions, "origin" | "authTokens">): Promise<Reply> {
  const { definition, answer, answered } = addOn;
  const { method, body_format } = definition.request;
  if (request.method !== method) return { ...replyError(405, "wrong_method", `This add-on takes ${method}.`), headers: { allow: method } };
  const mediaType = mediaTypes[body_format];
  const [contentType = ""] = (request.headers["content-type"] ?? "").split(";", 1);
  if (mediaType !== undefined && contentType.trim().toLowerCase() !== mediaType) {
    return replyError(415, "wrong_content_type", `This add-on takes ${mediaType}.`);
  }
  const body = await readBody(request, { maxBytes: maxBodyBytes, maxMs: maxRequestMs });
  if (body === "too_large") return replyError(413, "too_large", `This add-on takes at most ${maxBodyBytes} bytes.`);
  if (body === "too_slow") return replyError(408, "too_slow", `This add-on waits ${maxRequestMs} ms for a request.`);

  const nowMs = Date.now();
  const received = { method, target: request.url ?? "", headers: request.headers, body };
  const verification = verifyRequest(received, { ...gateway, definition, nowMs });
  if (!verification.verified) {
    const { status, code, message } = verification.refusal;
    console.warn(JSON.stringify({ status, code, add_on: definition.unique_name }));
    return replyError(status, code, message);
  }

  const first = answered.once(verification.request, nowMs, async () => JSON.stringify(await answer(verification.request.parameters)));
  if (first === undefined) return replyError(409, "request_sid_reused", "This request SID belongs to another request.");
  return { status: 200, body: await first };
}

function replyError(status: number, code: string, message: string): Reply {
  const error: Answer = { error: { code, message } };
  return { status, body: JSON.stringify(error) };
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}
