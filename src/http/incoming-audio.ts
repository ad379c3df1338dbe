import { downloadAudio } from "../platform/audio-download.ts";
import type { AudioUpload } from "../platform/r2/audio-upload.ts";
import type { AppContext } from "./context.ts";
import { probeOf, type NewRecordingParameters } from "./new-recording.ts";
import { refuse } from "./refused.ts";

/** Audio that has begun to come. */
export type IncomingAudio = Pick<AudioUpload, "body" | "sizeBytes" | "mediaType" | "probe">;

/** @param signal ends a download. */
export async function incomingAudio(c: AppContext, given: NewRecordingParameters, signal: AbortSignal): Promise<IncomingAudio> {
  const url = given.RecordingUrl;
  const body = isForm(c) || c.req.header("Content-Length") === "0" ? null : c.req.raw.body;
  if (url === undefined) return body === null ? refuse({ kind: "invalid", parameter: "body", message: "The body must be the audio, or RecordingUrl say where it is" }) : uploaded(c, body, given);
  if (body !== null) refuse({ kind: "invalid", parameter: "RecordingUrl", message: "RecordingUrl must not be sent together with audio in the body" });
  const download = await downloadAudio(url, c.var.gateway.urlPolicy, signal);
  if (download.kind === "failed") return refuse({ kind: "invalid", parameter: "RecordingUrl", message: `RecordingUrl ${download.reason}` });
  return { ...download, probe: probeOf(download.mediaType, given, "RecordingUrl") };
}

function uploaded(c: AppContext, body: ReadableStream<Uint8Array>, given: NewRecordingParameters): IncomingAudio {
  const mediaType = c.req.header("Content-Type") ?? "";
  const probe = probeOf(mediaType, given, "Content-Type");
  if (!/^(?:identity)?$/i.test(c.req.header("Content-Encoding") ?? "")) {
    refuse({ kind: "unsupported_encoding", message: "Content-Encoding must not be sent: the body must be the audio as it is" });
  }
  const length = c.req.header("Transfer-Encoding") === undefined ? c.req.header("Content-Length") : undefined;
  return { body, mediaType, probe, sizeBytes: length === undefined ? null : Number(length) };
}

/** Its parameters were read by now, and it is no audio. */
const isForm = (c: AppContext): boolean => /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i.test(c.req.header("Content-Type") ?? "");
