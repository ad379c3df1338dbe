import { ADD_ON_TYPES } from "../catalog/add-on-type.ts";
import type { InstalledAddOn } from "../catalog/install.ts";
import { utf8 } from "../bytes.ts";
import type { InvocationFailure } from "../failure.ts";
import { missingContent } from "../request/fields.ts";
import { parametersOf, publisherRequest, requestHead, signRequest, textParameters, type InvocationWindow, type PublisherRequest, type TextParameter } from "../request/publisher-request.ts";
import { twilioSignature } from "../request/signature.ts";
import type { Fields, FieldValue } from "../request/template.ts";
import { err, ok, type Result } from "../result.ts";
import type { RecordingOrder } from "./recording-order.ts";

/** What goes to the publisher: the audio itself is an object in R2, between what stands before and after it in the body. */
export type RecordingRequest = Omit<PublisherRequest, "body"> & { body: { text: string } | { before: Uint8Array; after: Uint8Array } | null };

const AUDIO = "{{audio_data}}";

/** Guide, "template fields" of recordings. Sizes, durations and counts are numbers, so that JSON has them as such. */
export function recordingFields({ recordingSid, durationMs, audio }: RecordingOrder, callbackUrl: string): [string, FieldValue][] {
  return [
    ["callback_url", callbackUrl],
    ["channels", audio.channels],
    ["duration", durationMs],
    ["format", audio.mediaType],
    ["media_sid", recordingSid],
    ["size", audio.sizeBytes],
  ];
}

/** @param boundary of a multipart body: random, so that it is nowhere in the audio. */
export async function recordingRequest(
  installed: InstalledAddOn,
  order: RecordingOrder,
  fields: Fields,
  window: InvocationWindow,
  boundary: string,
): Promise<Result<RecordingRequest, InvocationFailure>> {
  const { definition } = installed.version;
  const { method, body_format: format } = definition.request;
  if (format !== "binary" && format !== "multipart") {
    const unsigned = await publisherRequest(installed, order.xr, fields, window);
    if (!unsigned.ok) return unsigned;
    const request = await signRequest(unsigned.value, installed, order.xr, window);
    return ok({ ...request, body: request.body === null ? null : { text: request.body } });
  }
  const others = ADD_ON_TYPES[definition.type].contentFields.filter((name) => name !== "audio_data");
  const missing = missingContent(installed, others, fields);
  if (missing !== null) return err(missing);
  const head = await requestHead(installed, order.xr, fields, window);
  if (!head.ok) return head;
  const { headers, context } = head.value;
  const key = installed.publisher.signingKeys.sha1;
  if (format === "binary") {
    // The URL carries the hash of the body, so that signing the URL signs the audio.
    const url = `${head.value.url}&bodySHA256=${order.audio.sha256}`;
    const signature = await twilioSignature(key, url, []);
    const empty = new Uint8Array();
    return ok({ method, url, headers: { ...headers, "Content-Type": order.audio.mediaType, "X-Twilio-Signature": signature }, body: { before: empty, after: empty } });
  }
  const { url } = head.value;
  const isAudio = ([, tree]: (typeof installed.version.body)[number]): boolean => isAudioPart(tree);
  const texts = [...textParameters(installed.version.body.filter((part) => !isAudio(part)), context), ...parametersOf(installed.credentials, "body")];
  const [audioName = "audio"] = installed.version.body.find(isAudio) ?? [];
  const signature = await twilioSignature(key, url, texts);
  const body = multipartBody(texts, { name: audioName, mediaType: order.audio.mediaType, fileName: order.recordingSid }, boundary);
  return ok({ method, url, headers: { ...headers, "Content-Type": `multipart/form-data; boundary=${boundary}`, "X-Twilio-Signature": signature }, body });
}

/** The part whose value is exactly the audio is the file. */
function isAudioPart(tree: InstalledAddOn["version"]["body"][number][1]): boolean {
  const [part] = tree.kind === "template" ? tree.template : [];
  return tree.kind === "template" && tree.template.length === 1 && typeof part === "object" && part.field === AUDIO.slice(2, -2) && !part.hashed;
}

function multipartBody(texts: readonly TextParameter[], file: { name: string; mediaType: string; fileName: string }, boundary: string): { before: Uint8Array; after: Uint8Array } {
  const parts = texts.map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`);
  const audio = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(file.name)}"; filename="${quoted(file.fileName)}"\r\nContent-Type: ${file.mediaType}\r\n\r\n`;
  return { before: utf8(parts.join("") + audio), after: utf8(`\r\n--${boundary}--\r\n`) };
}

/** As HTML forms escape names. */
const quoted = (text: string): string => text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
