import { sha256Hex, utf8 } from "../bytes.ts";

export type SignedParameters = readonly (readonly [string, string])[];

/** Imports a secret's own bytes as an HMAC key, for signing and for verifying; import once and keep it. */
export function hmacKey(hash: "SHA-1" | "SHA-256", secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash }, false, ["sign", "verify"]);
}

/**
 * The value of `X-Twilio-Signature`: HMAC-SHA1 over the URL and the form parameters, in base64.
 * Guide, "Headers"; the algorithm is the public security documentation's.
 * @param url as it is sent; a scheme's default port, which clients leave out of a request, is left out.
 * @param params the decoded form parameters; none for JSON and binary bodies, whose hash stands in the URL as `bodySHA256`.
 */
export async function twilioSignature(key: CryptoKey, url: string, params: SignedParameters): Promise<string> {
  return base64Of(await hmac(key, withoutDefaultPort(url) + signedText(params)));
}

/**
 * Whether a signature that came in fits. As in the official clients, the signer may have written the URL with or without
 * its port, or as a URL parser writes it (`%27` for `'`), since proxies on the way change that.
 */
export async function verifyTwilioSignature(key: CryptoKey, signature: string, url: string, params: SignedParameters): Promise<boolean> {
  const expected = bytesOfSignature(signature);
  if (expected === null) return false;
  const text = signedText(params);
  const spellings = [url, URL.parse(url)?.href ?? url].flatMap((spelling) => [withoutPort(spelling), withPort(spelling)]);
  for (const candidate of new Set(spellings)) {
    if (await crypto.subtle.verify("HMAC", key, expected, utf8(candidate + text))) return true;
  }
  return false;
}

/** The same for a body that is not a form: the URL must carry its hash, and only the URL is signed. */
export async function verifyTwilioSignatureOfBody(key: CryptoKey, signature: string, url: string, body: string | Uint8Array<ArrayBuffer>): Promise<boolean> {
  // A hash is no secret, so comparing it needs no constant time.
  const carried = URL.parse(url)?.searchParams.get("bodySHA256");
  return carried === (await bodySha256(body)) && (await verifyTwilioSignature(key, signature, url, []));
}

/** The value of `bodySHA256`: SHA-256 of the bytes sent, in lower-case hex. */
export const bodySha256 = (body: string | Uint8Array<ArrayBuffer>): Promise<string> => sha256Hex(body);

export async function hmac(key: CryptoKey, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(text)));
}

export const base64Of = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/**
 * Names in order of their UTF-16 code units, each followed by its value. A name that is repeated counts once for each of its
 * different values, in their order, as the official clients have it.
 */
function signedText(params: SignedParameters): string {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of params) {
    const known = values.get(name);
    if (known === undefined) values.set(name, new Set([value]));
    else known.add(value);
  }
  return [...values.keys()]
    .toSorted(byCodeUnit)
    .flatMap((name) => [...(values.get(name) ?? [])].toSorted(byCodeUnit).map((value) => name + value))
    .join("");
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The 20 bytes of an HMAC-SHA1; null for any other text, and for a spelling that only a lenient decoder takes. */
function bytesOfSignature(signature: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]{27}=$/.test(signature)) return null;
  return Uint8Array.from(atob(signature), (character) => character.charCodeAt(0));
}

/** Scheme, user info, host, port and the rest, by text alone: a URL parser would change characters that were signed. */
const URL_PARTS = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*@)?(\[[^\]/?#]*\]|[^:/?#]*)(:[0-9]*)?(.*)$/is;

function withoutPort(url: string): string {
  return url.replace(URL_PARTS, "$1$2$3$5");
}

function withPort(url: string): string {
  const defaultPort = /^https:/i.test(url) ? ":443" : ":80";
  return url.replace(URL_PARTS, (_, scheme: string, user = "", host: string, port = defaultPort, rest: string) => scheme + user + host + port + rest);
}

function withoutDefaultPort(url: string): string {
  const [, , , , port] = URL_PARTS.exec(url) ?? [];
  return port === (/^https:/i.test(url) ? ":443" : ":80") ? withoutPort(url) : url;
}
