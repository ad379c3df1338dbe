import { createHash } from "node:crypto";
import { authorization, type Answer, type Login, type TestGateway } from "./gateway.ts";
import { wav } from "./wav.ts";

/** The Recording resource, as far as the tests read it. */
export type Recording = { sid: string; account_sid: string; call_sid: string | null; channels: number; duration: string; source: string; media_url: string; uri: string; code?: number; message?: string };

export type Upload = {
  query?: Record<string, string>;
  audio?: Buffer<ArrayBuffer>;
  /** null: none is sent. */
  type?: string | null;
  /** Sent in chunks, without a Content-Length. */
  chunked?: boolean;
  headers?: Record<string, string>;
};

/** POST /v1/Recordings with audio as its body. */
export async function postRecording(gateway: TestGateway, login: Login | null, { query = {}, audio = wav(), type = "audio/x-wav", chunked = false, headers = {} }: Upload = {}): Promise<Answer<Recording>> {
  const path = `/v1/Recordings?${new URLSearchParams({ Source: "RecordVerb", ...query }).toString()}`;
  const response = await fetch(gateway.url + path, {
    method: "POST",
    headers: { ...authorization(login), ...(type !== null && { "Content-Type": type }), ...headers },
    ...(chunked ? { body: new Blob([audio]).stream(), duplex: "half" as const } : { body: audio }),
  });
  const text = await response.text();
  gateway.judge({ method: "POST", path, status: response.status, headers: response.headers, text });
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Recording, text };
}

/** GET of a path, with the bytes that come. */
export async function getBytes(gateway: TestGateway, login: Login | null, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const response = await fetch(gateway.url + path, { method, headers: { ...authorization(login), ...headers } });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Every key in R2 that has a text in it. */
export async function keysWith({ miniflare }: TestGateway, text: string): Promise<string[]> {
  const bucket = await miniflare.getR2Bucket("RECORDINGS");
  const { objects } = await bucket.list();
  return objects.map(({ key }) => key).filter((key) => key.includes(text));
}

/** The one row of D1 with this SID. */
export async function recordingRow({ miniflare }: TestGateway, sid: string): Promise<Record<string, unknown> | null> {
  const db = await miniflare.getD1Database("DB");
  return db.prepare("SELECT * FROM recordings WHERE sid = ?1").bind(sid).first();
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
