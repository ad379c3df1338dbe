import { refuseUrl, type UrlPolicy } from "../domain/request/url-policy.ts";
import { discardBody } from "./bounded-body.ts";

/** Audio that was found at a URL, of which nothing is read yet; `reason` completes a sentence that begins with the URL's parameter. */
export type Download = { kind: "found"; body: ReadableStream<Uint8Array>; sizeBytes: number | null; mediaType: string } | { kind: "failed"; reason: string };

/** @param signal ends the body too. */
export async function downloadAudio(url: string, policy: UrlPolicy, signal: AbortSignal): Promise<Download> {
  const refused = refuseUrl(url, policy);
  if (refused !== null) return { kind: "failed", reason: refused };
  let response: Response;
  try {
    // A redirect could lead to where the rules for URLs forbid. Audio gains nothing by being compressed once more.
    response = await fetch(url, { headers: { Accept: "audio/*", "Accept-Encoding": "identity" }, redirect: "manual", signal });
  } catch {
    // The runtime's message can quote the URL, which may be a secret.
    return { kind: "failed", reason: signal.aborted ? "did not answer in time" : "could not be reached" };
  }
  const { status, headers, body } = response;
  const mediaType = headers.get("Content-Type");
  if (status === 200 && body !== null && mediaType !== null) return { kind: "found", body, sizeBytes: sizeOf(headers), mediaType };
  await discardBody(response);
  if (status !== 200) return { kind: "failed", reason: `answered with status ${status}; it must be 200, and redirects are not followed` };
  return { kind: "failed", reason: mediaType === null ? "answered without a Content-Type" : "answered without a body" };
}

/** The length of an encoded body is not that of the audio. */
function sizeOf(headers: Headers): number | null {
  const length = headers.get("Content-Length");
  return headers.has("Content-Encoding") || length === null || !/^\d{1,15}$/.test(length) ? null : Number(length);
}
