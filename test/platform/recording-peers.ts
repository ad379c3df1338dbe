import { vi } from "vitest";

/** Audio as a publisher receives it. */
export type SentAudio = { method: string; url: URL; headers: Headers; body: ArrayBuffer; callbackUrl: string };

/** The other ends of one invocation's network. */
export type Peers = {
  publisher: (audio: SentAudio) => Response | Promise<Response>;
  /** @param form what it is posted. */
  developer: (form: URLSearchParams) => Response | Promise<Response>;
  /** What reached them. */
  audio: SentAudio[];
  relays: { url: string; form: URLSearchParams; headers: Headers }[];
};

const peersOf = new Map<string, Peers>();

/** A publisher that accepts and a developer that is content, until a test says otherwise. */
export function peersFor(xr: string): Peers {
  const peers: Peers = { publisher: () => new Response(null, { status: 202 }), developer: () => new Response("ok"), audio: [], relays: [] };
  peersOf.set(xr, peers);
  return peers;
}

/** In place of the network: whoever an invocation calls is found by the request SID that every call carries. */
export function answerCalls(): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const { headers } = request;
    const peers = peersOf.get(headers.get("X-Twilio-RequestSid") ?? headers.get("I-Twilio-Idempotency-Token") ?? "");
    if (peers === undefined) throw new TypeError(`nobody is at ${request.url}`);
    if (headers.has("I-Twilio-Idempotency-Token")) {
      const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
      peers.relays.push({ url: request.url, form, headers });
      return peers.developer(form);
    }
    const url = new URL(request.url);
    const audio = { method: request.method, url, headers, body: await request.arrayBuffer(), callbackUrl: url.searchParams.get("callback_url") ?? "" };
    peers.audio.push(audio);
    return peers.publisher(audio);
  });
}
