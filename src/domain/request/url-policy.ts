import { URL_CHARACTERS } from "../limits.ts";

export type UrlPolicy = {
  /** Local runs only: http and loopback hosts may be called. */
  allowInsecure: boolean;
  /** Where the gateway itself answers; "" when a URL is only ever followed by people. */
  ownOrigin: string;
  /** Developers' webhook URLs may carry credentials, publishers' may not. */
  allowUserInfo: boolean;
};

/**
 * Top-level names that the public DNS does not serve, or that networks use inside. A name below one of them can only lead
 * somewhere that an outsider must not make us call.
 * - RFC 6761: test, localhost, invalid, example. (Not example.com, .net and .org: they resolve publicly, and documentation,
 *   the publisher guide's included, uses them.)
 * - RFC 6762: local, and from its appendix G intranet, internal, private, corp, home, lan. ICANN reserved internal for good.
 * - RFC 7686: onion. RFC 8375: home.arpa; the rest of arpa holds address records of the infrastructure, never a service.
 * - RFC 9476: alt. ICANN's collision list adds mail; resolvers' configurations add localdomain.
 */
const SPECIAL_USE_NAMES: ReadonlySet<string> = new Set(
  "test localhost invalid example local intranet internal private corp home lan onion arpa alt mail localdomain".split(" "),
);

const DEFAULT_PORTS: Record<string, string> = { "http:": "80", "https:": "443" };

/**
 * Whether the gateway may call a URL; checked when the URL is stored and before each attempt. What a public name resolves to
 * cannot be seen from here. A fragment is harmless: it is never sent.
 * @returns null, or what the URL must be, without the URL itself, which may hold credentials.
 */
export function refuseUrl(text: string, policy: UrlPolicy): string | null {
  if (text.length > URL_CHARACTERS) return `must be at most ${URL_CHARACTERS} characters`;
  // The URL parser drops or rewrites these without a word, so what is stored would not be what is called.
  if (/[\p{Cc}\p{Zs}\\]/u.test(text)) return "must not have spaces, control characters or backslashes";
  const url = parse(text);
  if (url === null) return "must be an absolute URL with a valid host and port";
  // As it is sent: what is not ASCII is escaped then, and takes up to nine characters.
  if (url.href.length > URL_CHARACTERS) return `must be at most ${URL_CHARACTERS} characters when it is escaped`;
  if (url.protocol !== "https:" && !(policy.allowInsecure && url.protocol === "http:")) return "must be an https URL";
  if (!policy.allowUserInfo && (url.username !== "" || url.password !== "")) return "must not have a user name or password in it";
  // Any other port is the owner's choice: TLS keeps an HTTP request from being understood by another protocol's server.
  if (url.port === "0") return "must not use port 0";
  const own = parse(policy.ownOrigin);
  if (own !== null && isOwn(url, own, policy.allowInsecure)) return "must not lead back to the gateway itself";
  if (policy.allowInsecure && isLoopback(hostOf(url))) return null;
  return refuseHost(hostOf(url));
}

function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** The host as the URL parser wrote it (lower case, IDNA, every spelling of an IPv4 address as four decimals), without the root's dot. */
const hostOf = (url: URL): string => url.hostname.replace(/\.$/, "");

/** Our own host at any port; in local runs, where publishers share it, our own port only, by whichever loopback name. */
function isOwn(url: URL, own: URL, allowInsecure: boolean): boolean {
  const sameHost = hostOf(url) === hostOf(own) || (isLoopback(hostOf(url)) && isLoopback(hostOf(own)));
  return sameHost && (!allowInsecure || portOf(url) === portOf(own));
}

const portOf = (url: URL): string => url.port || (DEFAULT_PORTS[url.protocol] ?? "");

const isLoopback = (host: string): boolean => host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host) || /(?:^|\.)localhost$/.test(host);

function refuseHost(host: string): string | null {
  const labels = host.split(".");
  const top = labels.at(-1) ?? "";
  // Public ones too: a certificate, and so the publisher's identity, belongs to a name. No top-level name has a digit first
  // (RFC 3696), which also catches whatever another resolver might still read as a number.
  if (host.startsWith("[") || /^\d/.test(top)) return "must name a host, not an IP address";
  if (labels.length < 2) return "must name a host with its full domain";
  if (SPECIAL_USE_NAMES.has(top)) return "must name a public host, not a local or special-use name";
  if (host.length > 253 || labels.some((label) => label === "" || label.length > 63)) return "must have a valid host name";
  return null;
}
