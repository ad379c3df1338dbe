import { z } from "zod";

export type Credentials = { sid: string; auth_token: string };

export function basicAuth({ sid, auth_token }: Credentials): string {
  return `Basic ${btoa(`${sid}:${auth_token}`)}`;
}

/** The gateway's public API as one account; anything but a 2xx throws with the gateway's own message. */
export function apiClient(baseUrl: string, credentials: Credentials) {
  async function send(method: string, path: string, type?: string, body?: string): Promise<unknown> {
    const headers: Record<string, string> = { authorization: basicAuth(credentials) };
    if (type !== undefined) headers["content-type"] = type;
    const response = await fetch(baseUrl + path, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 1000)}`);
    return text === "" ? undefined : JSON.parse(text);
  }
  return {
    get: (path: string) => send("GET", path),
    postForm: (path: string, parameters: Record<string, string>) =>
      send("POST", path, "application/x-www-form-urlencoded", new URLSearchParams(parameters).toString()),
    post: (path: string, type: string, body: string) => send("POST", path, type, body),
    delete: (path: string) => send("DELETE", path),
    postJson: (path: string, value: unknown) => send("POST", path, "application/json", JSON.stringify(value)),
  };
}

export type ApiClient = ReturnType<typeof apiClient>;

export const createdAccount = z.object({ sid: z.string(), auth_token: z.string() });
export const createdAddOn = z.object({ sid: z.string(), version: z.object({ sid: z.string() }) });
export const installedAddOn = z.object({ sid: z.string() });
export const balanceAnswer = z.object({ balance: z.string(), currency: z.literal("USD") });
