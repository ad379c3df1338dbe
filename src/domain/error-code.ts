/** Who must act on an error. */
type Actor = "you" | "publisher" | "operator" | "nobody";

type ErrorPage = {
  /** The message of an add-on's result, and the headline of the code's page. */
  title: string;
  /** What happened, in one or two sentences. */
  happened: string;
  /** Who must act, and how. */
  actor: Actor;
  act: string;
  billed: boolean;
};

/**
 * The one table of codes: answers take their titles from it, and `/docs/errors/{code}` its pages. Codes and titles are those of
 * the public API (20xxx for the API itself, 61xxx for add-ons; for 61003 the publisher guide's spelling).
 */
export const ERROR_CODES = {
  11200: {
    title: "HTTP retrieval failure",
    happened: "A developer's webhook, or the callback_url of an installed add-on, could not be called, gave no answer in 15 s, or answered with something else than a 2xx status.",
    actor: "you",
    act: "Open the alert: it names the URL and what came of it. Redirects are not followed. A number's fallback URL is called when the first one fails; a recording's result is sent again for three days, and then is a dead letter.",
    billed: false,
  },
  11750: {
    title: "TwiML response body too large",
    happened: "A developer's webhook answered with more than 64 KB.",
    actor: "you",
    act: "Answer with at most 65,536 bytes.",
    billed: false,
  },
  12300: {
    title: "Invalid Content-Type",
    happened: "The publisher's answer was taken, since its body is a JSON object, but its Content-Type says something else.",
    actor: "publisher",
    act: "Send Content-Type: application/json. It does not count against the service level.",
    billed: false,
  },
  20001: {
    title: "Unknown parameters",
    happened: "A parameter or the body of the request was refused. The message names the parameter and what it may be.",
    actor: "you",
    act: "Correct the parameter that the message names and send the request again.",
    billed: false,
  },
  20003: {
    title: "Authenticate",
    happened: "The request carried no credentials, or credentials that are not valid.",
    actor: "you",
    act: "Send HTTP Basic authentication: an account SID with its auth token, or an API key SID with its secret.",
    billed: false,
  },
  20004: {
    title: "Method not allowed",
    happened: "The resource exists but does not take this HTTP method.",
    actor: "you",
    act: "Use one of the methods that the Allow header of the answer names.",
    billed: false,
  },
  20005: {
    title: "Account not active",
    happened: "The account is suspended or closed.",
    actor: "you",
    act: "Ask the operator of the gateway why the account was suspended.",
    billed: false,
  },
  20007: {
    title: "Page size too large",
    happened: "PageSize was over 1000.",
    actor: "you",
    act: "Ask for at most 1000 elements a page.",
    billed: false,
  },
  20008: {
    title: "Test Credentials",
    happened: "The request carried test credentials, which may look phone numbers up and nothing else.",
    actor: "you",
    act: "Use the account's own SID with its auth token, or an API key.",
    billed: false,
  },
  20403: {
    title: "Forbidden",
    happened: "The credentials are valid, but this resource is not for them: it needs the operator, or an auth token instead of an API key.",
    actor: "you",
    act: "Use the credentials of the account that may do this.",
    billed: false,
  },
  20404: {
    title: "Not Found",
    happened: "There is nothing at this path, or the SID in it is not one of this account.",
    actor: "you",
    act: "Check the path and the SID. A SID of another account answers the same as one that does not exist.",
    billed: false,
  },
  20409: {
    title: "Conflict",
    happened: "The request is at odds with what is stored: a name that is taken, a state that does not allow it, or an idempotency key used for another request.",
    actor: "you",
    act: "Read the message, fetch the resource, and decide anew.",
    billed: false,
  },
  20410: {
    title: "Gone",
    happened: "A recording's result came after its time was over, or after the recording was deleted.",
    actor: "publisher",
    act: "Call back within the time that the definition's callback_timeout gives. Nothing of this result is kept.",
    billed: false,
  },
  20411: {
    title: "Length Required",
    happened: "The body of a recording's result came without a Content-Length.",
    actor: "publisher",
    act: "Send the result with a Content-Length, and not in chunks. The callback URL can still be used.",
    billed: false,
  },
  20413: {
    title: "Request Entity Too Large",
    happened: "The body or the URL of the request was over the limit that the message names.",
    actor: "you",
    act: "Send less in one request.",
    billed: false,
  },
  20415: {
    title: "Unsupported Media Type",
    happened: "The body of a recording's result came with a Content-Encoding.",
    actor: "publisher",
    act: "Send the JSON as it is, uncompressed. The callback URL can still be used.",
    billed: false,
  },
  20426: {
    title: "Upgrade Required",
    happened: "The request came over plain HTTP or over a TLS version before 1.2.",
    actor: "you",
    act: "Use https with TLS 1.2 or later.",
    billed: false,
  },
  20429: {
    title: "Too Many Requests",
    happened: "The account sent more requests a second than it may, there were too many failed sign-ins, or too many idempotent answers are kept for it.",
    actor: "you",
    act: "Wait as many seconds as the Retry-After header says, then send the request again. No add-on was called.",
    billed: false,
  },
  20500: {
    title: "Internal Server Error",
    happened: "The gateway failed. The request SID in the Twilio-Request-Id header finds the log line.",
    actor: "operator",
    act: "Try again; if it stays, give the operator the request SID.",
    billed: false,
  },
  20503: {
    title: "Service unavailable",
    happened: "It is not known whether this request was settled, or a recording's result was taken. An idempotency key still stands.",
    actor: "you",
    act: "Send the same request again, with the same idempotency key if it has one: it is charged once.",
    billed: false,
  },
  21481: {
    title: "Invalid PageToken",
    happened: "PageToken or Page was not one that a list handed out.",
    actor: "you",
    act: "Follow the list's own next and previous page URLs.",
    billed: false,
  },
  61000: {
    title: "Internal server error",
    happened: "The gateway itself could not run the add-on.",
    actor: "operator",
    act: "Try again; if it stays, give the operator the request SID of the result.",
    billed: false,
  },
  61001: {
    title: "Request timed out",
    happened: "The publisher had not answered completely when the add-on's 2,000 ms were over, or had not called back in a recording's time.",
    actor: "publisher",
    act: "Answer in 200 ms on average and 1,500 ms for 99 of 100 requests; call back within three times the audio's duration on average, and five times for 99 of 100. It counts against the service level.",
    billed: false,
  },
  61002: {
    title: "Provider could not complete request",
    happened: "The publisher answered with a server error or a redirect, closed the connection, or sent something that is not a JSON object. Server and connection errors were retried first.",
    actor: "publisher",
    act: "Answer 200 with one JSON object, also to say that there is nothing to say. It counts against the service level.",
    billed: false,
  },
  61003: {
    title: "Requirements to invoke Add-ons have not been met",
    happened: "The add-on was not called: it is not installed under this name, its extension is off, a required field is missing, its request schema refused the fields, or the account's credit does not cover it.",
    actor: "you",
    act: "The result's detail says which of these it was.",
    billed: false,
  },
  61004: {
    title: "No results",
    happened: "The publisher answered, but its answer is not one that the add-on promises by its response schema.",
    actor: "publisher",
    act: "Compare the answer with the response schema of the version. It does not count against the service level.",
    billed: false,
  },
  61005: {
    title: "Bad request",
    happened: "The publisher refused the request with a 4xx status. It was not sent again.",
    actor: "publisher",
    act: "Answer rejections as 200 with a JSON object that describes them. It counts against the service level.",
    billed: false,
  },
  61006: {
    title: "Add-ons unavailable for GET callbacks",
    happened: "A number's webhook is called with GET, which has no room for add-on results, so none of its add-ons ran.",
    actor: "you",
    act: "Set SmsMethod or VoiceMethod of the number to POST.",
    billed: false,
  },
  61007: {
    title: "Response body too large",
    happened: "The publisher's answer was over 50 KB for a phone number, or over 64 KB for a message, after decoding.",
    actor: "publisher",
    act: "Send less. It counts against the service level.",
    billed: false,
  },
  61009: {
    title: "Could not fulfill request with available data",
    happened: "A field that the add-on's request needs had no value here, or the fields together are too long for a URL, so no request could be made.",
    actor: "you",
    act: "Use the add-on at an integration point that has this field; the result's detail names it. A publisher who takes messages should take them in a body.",
    billed: false,
  },
} as const satisfies Record<number, ErrorPage>;

export type ErrorCode = keyof typeof ERROR_CODES;
