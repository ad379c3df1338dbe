import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { expect } from "vitest";
import { soundAnalysisDefinition } from "../../examples/publishers/sound_analysis/definition.ts";
import { createSoundAnalysis } from "../../examples/publishers/sound_analysis/sound-analysis.ts";

// Not the address that the tests connect to: a signature is checked against the publisher's own origin, never against the Host header.
const origin = "https://publisher.test";
export const authToken = "5d41402abc4b2a76b9719d911017c592";
export const secondaryAuthToken = "7d793037a0760186574b0282f2f435e7";
export const callbackKey = { sid: "SK00000000000000000000000000000001", secret: "the-secret" };
const password = "pass:word";
export const definition = soundAnalysisDefinition(origin, password);

export type Posted = { path: string; authorization: string; contentType: string; text: string };

export type Upload = { method: string; target: string; headers: Record<string, string>; body: Buffer; sid: string; callbackPath: string };

type Signing = { sid?: string; token?: string; date?: Date; ttlMs?: string; query?: Record<string, string>; hash?: string; password?: string };

/** The add-on on a server, and a gateway that uploads recordings to it and takes its reports. */
export class SoundAnalysisWorld {
  /** What the gateway answers to reports; the last one again and again. Undefined is a connection that breaks. */
  answers: (number | undefined)[] = [200];
  posted: Posted[] = [];
  publisherUrl = "";
  readonly publisher: Server;
  readonly #gateway: Server;
  readonly #addOn;
  #gatewayUrl = "";
  #uploads = 0;

  constructor(retryDelays = { firstMs: 5, mostMs: 20 }) {
    this.#addOn = createSoundAnalysis({ origin, authTokens: [authToken, secondaryAuthToken], password, callbackKey, retryDelays });
    this.publisher = createServer((request, response) => void this.#addOn.handle(request, response));
    this.#gateway = createServer((request, response) => {
      const { url: path = "", headers } = request;
      let text = "";
      request.on("data", (chunk) => (text += String(chunk)));
      request.on("end", () => {
        this.posted.push({ path, authorization: headers.authorization ?? "", contentType: headers["content-type"] ?? "", text });
        const status = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
        if (status === undefined) request.socket.destroy();
        else response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end("{}");
      });
    });
  }

  async start(): Promise<void> {
    this.publisherUrl = await listen(this.publisher);
    this.#gatewayUrl = await listen(this.#gateway);
  }

  stopAddOn(): void {
    this.#addOn.stop();
  }

  end(): void {
    this.stopAddOn();
    for (const server of [this.publisher, this.#gateway]) {
      server.close();
      server.closeAllConnections();
    }
  }

  /** What a gateway sends for this definition, written from the publisher guide: a signed URL that has the body's hash in it. */
  upload(body: Buffer, signing: Signing = {}): Upload {
    this.#uploads += 1;
    const sid = signing.sid ?? `XR${this.#uploads.toString(16).padStart(32, "0")}`;
    const callbackPath = `/v1/AddOnResults/${sid}/Callback/secret-${this.#uploads}`;
    const fields = new Map([["request_sid", sid], ["callback_url", this.#gatewayUrl + callbackPath], ["duration", "300"], ["format", "audio/x-wav"]]);
    const url = new URL(definition.request.url);
    for (const [name, template] of Object.entries(definition.request.query)) url.searchParams.set(name, fields.get(template.slice(2, -2)) ?? template);
    url.searchParams.set("InvocationDate", (signing.date ?? new Date()).toISOString().replace(/\.\d+Z$/, "Z"));
    url.searchParams.set("InvocationTtlMs", signing.ttlMs ?? "60000");
    url.searchParams.set("bodySHA256", signing.hash ?? createHash("sha256").update(body).digest("hex"));
    for (const [name, value] of Object.entries(signing.query ?? {})) url.searchParams.set(name, value);
    const headers = {
      "content-type": "audio/x-wav",
      "x-twilio-requestsid": sid,
      "x-twilio-signature": createHmac("sha1", signing.token ?? authToken).update(url.href).digest("base64"),
      authorization: `Basic ${Buffer.from(`gateway:${signing.password ?? password}`).toString("base64")}`,
    };
    return { method: definition.request.method, target: url.pathname + url.search, headers, body, sid, callbackPath };
  }

  async send({ method, target, headers, body }: Upload): Promise<{ status: number; text: string; code: string }> {
    const response = await fetch(this.publisherUrl + target, { method, headers, body: new Uint8Array(body) });
    const text = await response.text();
    return { status: response.status, text, code: text === "" ? "" : JSON.parse(text).error.code };
  }

  /** The reports to a callback URL, once there are so many. */
  async reportsTo({ callbackPath }: Upload, count = 1): Promise<Posted[]> {
    const found = (): Posted[] => this.posted.filter(({ path }) => path === callbackPath);
    await expect.poll(() => found().length, { timeout: 5_000 }).toBeGreaterThanOrEqual(count);
    return found();
  }

  /** Where reports went, when the report of one more upload has come: those of earlier ones were on their way before. */
  async pathsBefore(body: Buffer): Promise<string[]> {
    const later = this.upload(body);
    expect((await this.send(later)).status).toBe(202);
    await this.reportsTo(later);
    return this.posted.map(({ path }) => path).filter((path) => path !== later.callbackPath);
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (typeof bound !== "object" || bound === null) throw new Error("the server has no port");
  return `http://127.0.0.1:${bound.port}`;
}
