import twilio from "twilio";
import type RequestClient from "twilio/lib/base/RequestClient.js";
import type Response from "twilio/lib/http/response.js";
import type { Login, TestGateway } from "./gateway.ts";

/** Where it is, and what its answers must be. */
type JudgedGateway = Pick<TestGateway, "url" | "judge">;
type ClientOptions = { accountSid?: string; autoRetry?: boolean; maxRetries?: number };

/** The official client's own requests, sent to the gateway in place of api., lookups., marketplace., accounts. or monitor.twilio.com. */
class GatewayRequestClient extends twilio.RequestClient {
  readonly #gateway: JudgedGateway;

  constructor(gateway: JudgedGateway, options: Pick<ClientOptions, "autoRetry" | "maxRetries">) {
    super(options);
    this.#gateway = gateway;
  }

  override async request<T>(options: RequestClient.RequestOptions<T>): Promise<Response<T>> {
    const uri = options.uri.replace(/^https:\/\/[a-z]+\.twilio\.com(?=\/)/, this.#gateway.url);
    const response = await super.request<T>({ ...options, uri });
    const headers = new Headers(Object.entries<unknown>(response.headers).map(([name, value]): [string, string] => [name, String(value)]));
    const text = typeof response.body === "string" ? response.body : JSON.stringify(response.body);
    this.#gateway.judge({ method: options.method.toUpperCase(), path: new URL(uri).pathname, status: response.statusCode, headers, text });
    return response;
  }
}

/** The official client with nothing but its host changed. Each answer is judged as `call` judges its own. */
export function twilioClient(gateway: JudgedGateway, login: Login, { accountSid = login.sid, ...options }: ClientOptions = {}): twilio.Twilio {
  return twilio(login.sid, login.secret, { accountSid, httpClient: new GatewayRequestClient(gateway, options) });
}

/** The exception that the client throws for an error of the gateway. */
export async function restException(promise: Promise<unknown>): Promise<twilio.RestException> {
  const error: unknown = await promise.then(
    () => new Error("the gateway refused nothing"),
    (reason: unknown) => reason,
  );
  if (error instanceof twilio.RestException) return error;
  throw error;
}
