import type { IncomingMessage, ServerResponse } from "node:http";
import { errorAnswer } from "../answer.ts";
import { soundAnalysisDefinition } from "./definition.ts";
import type { CallbackKey, PostOutcome, RetryDelays } from "./post-report.ts";
import { receiveUpload } from "./receive-upload.ts";
import { Reports } from "./reports.ts";
import { readUploadParameters } from "./upload-parameters.ts";
import { type VerifiedUpload, verifyUpload } from "./verify-upload.ts";

export type SoundAnalysisOptions = {
  origin: string;
  authTokens: readonly string[];
  /** The add-on's own credentials: what the gateway shows besides its signature. */
  password: string;
  callbackKey: CallbackKey;
  retryDelays?: RetryDelays;
};

export type SoundAnalysis = {
  /** The path of the definition's URL. */
  path: string;
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Gives up the reports that the gateway has not taken yet; until then they keep the process alive. */
  stop: () => void;
};

type Reply = { status: number; body?: object; headers?: Record<string, string> };

const defaultDelays: RetryDelays = { firstMs: 1_000, mostMs: 5 * 60_000 };

/** The asynchronous add-on of the guide: takes a recording, says 202, and posts what it heard to the callback URL. */
export function createSoundAnalysis({ origin, authTokens, password, callbackKey, retryDelays = defaultDelays }: SoundAnalysisOptions): SoundAnalysis {
  if (authTokens.length === 0 || authTokens.includes("")) throw new Error("without an auth token anybody could sign");
  const definition = soundAnalysisDefinition(origin, password);
  const reports = new Reports({ key: callbackKey, delays: retryDelays, onEnd: logUndelivered });

  const replyTo = async (request: IncomingMessage): Promise<Reply> => {
    const { method } = definition.request;
    if (request.method !== method) return refuse(405, "wrong_method", `This add-on takes ${method}.`, { allow: method });
    const received = { target: request.url ?? "", headers: request.headers };
    const verification = verifyUpload(received, { origin, authTokens, definition, nowMs: Date.now() });
    if (verification.verified) return replyToUpload(request, verification.upload, reports);
    const { status, code, message } = verification.refusal;
    console.warn(JSON.stringify({ status, code, add_on: definition.unique_name }));
    return refuse(status, code, message);
  };

  return {
    path: new URL(definition.request.url).pathname,
    handle: async (request, response) => {
      const reply = await replyTo(request).catch((error: unknown): Reply => {
        // The client hung up, which nobody hears; or a fault of ours, of which only the kind is said: its message might quote the request.
        if (!response.destroyed) console.error(JSON.stringify({ status: 500, add_on: definition.unique_name, error: error instanceof Error ? error.name : "unknown" }));
        return refuse(500, "internal_error", "This publisher failed. The gateway will try again.");
      });
      if (!response.destroyed) send(response, reply);
    },
    stop: () => reports.stop(),
  };
}

async function replyToUpload(request: IncomingMessage, upload: VerifiedUpload, reports: Reports): Promise<Reply> {
  const read = readUploadParameters(upload.query);
  if ("problem" in read) return reject(read.problem);
  const received = await receiveUpload(request);
  if (received === undefined) return refuse(413, "too_large", "This add-on takes recordings of at most four hours.", { connection: "close" });
  if (received.sha256 !== upload.bodySha256) return refuse(403, "wrong_signature", "bodySHA256 is not the hash of the body.");
  if ("problem" in received.outcome) return reject(received.outcome.problem);

  const { callbackUrl, durationMs } = read.parameters;
  const nowMs = Date.now();
  const report = { callbackUrl, text: JSON.stringify(received.outcome.report), deadlineMs: nowMs + upload.ttlMs };
  const fingerprint = `${upload.bodySha256} ${durationMs}`;
  switch (reports.accept({ requestSid: upload.requestSid, fingerprint }, report, nowMs)) {
    case "accepted":
      return { status: 202 };
    case "sid_reused":
      return refuse(409, "request_sid_reused", "This request SID belongs to another request.");
    case "busy":
      return refuse(503, "busy", "Too many reports wait for their gateway. Try again later.");
  }
}

function logUndelivered(requestSid: string, outcome: PostOutcome): void {
  if (outcome !== 200) console.warn(JSON.stringify({ add_on: "sound_analysis", request_sid: requestSid, undelivered: outcome }));
}

/** Authentic, and still nothing to analyse: the guide's legitimately rejected request, which is no fault of this publisher. */
function reject({ code, message }: { code: string; message: string }): Reply {
  return { status: 200, body: errorAnswer(code, message) };
}

function refuse(status: number, code: string, message: string, headers: Record<string, string> = {}): Reply {
  return { status, body: errorAnswer(code, message), headers };
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = JSON.stringify(body);
  response.writeHead(status, { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text);
}
