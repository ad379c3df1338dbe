import { z } from "zod";

const maxDurationMs = 4 * 60 * 60 * 1_000;
const wavTypes = ["audio/x-wav", "audio/wav", "audio/wave", "audio/vnd.wave"];
const loopback = ["127.0.0.1", "localhost", "[::1]"];

export type UploadParameters = { callbackUrl: string; durationMs: number };

export type UploadParametersOutcome = { parameters: UploadParameters } | { problem: { code: string; message: string } };

const Parameters = z.object({
  callback_url: z.string().refine(keepsTheKey),
  duration: z.string().regex(/^\d{1,12}$/).transform(Number),
  format: z.string().max(128),
});

/** What definition.json puts into the query. Of what is wrong only the name is said: a callback URL is a secret. */
export function readUploadParameters(query: URLSearchParams): UploadParametersOutcome {
  const parsed = Parameters.safeParse(Object.fromEntries(query));
  if (!parsed.success) {
    const wrong = [...new Set(parsed.error.issues.map(({ path }) => path.join(".")))];
    return { problem: { code: "bad_parameters", message: `Missing or malformed: ${wrong.join(", ")}.` } };
  }
  const { callback_url: callbackUrl, duration: durationMs, format } = parsed.data;
  const [mediaType = ""] = format.split(";", 1);
  if (!wavTypes.includes(mediaType.trim().toLowerCase())) {
    return { problem: { code: "unsupported_format", message: `This add-on takes ${wavTypes[0]}.` } };
  }
  if (durationMs > maxDurationMs) return { problem: { code: "too_long", message: `This add-on takes at most ${maxDurationMs} ms.` } };
  return { parameters: { callbackUrl, durationMs } };
}

/** The report goes there together with the account's API key, which must not be read on its way. */
function keepsTheKey(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && loopback.includes(hostname));
}
