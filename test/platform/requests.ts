import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { app } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";
import { gatewayEnv } from "./gateway-env.ts";

type Body = { mediaType: string; bytes: string | Uint8Array<ArrayBuffer> };

/** Asks the gateway, which runs with bindings as a test wants them, and waits until nothing of the request goes on. */
export async function request(authorization: string, method: "POST" | "DELETE", url: string, body: Body | null = null, bindings: Partial<Env> = {}): Promise<Response> {
  const context = createExecutionContext();
  const headers: Record<string, string> = { Authorization: authorization };
  if (body !== null) {
    headers["Content-Type"] = body.mediaType;
    headers["Content-Length"] = String(new Blob([body.bytes]).size);
  }
  const asked = new Request(new URL(url, gatewayEnv.PUBLIC_URL), { method, headers, body: body?.bytes ?? null });
  const answer = await app.fetch(asked, { ...gatewayEnv, ...bindings }, context);
  await waitOnExecutionContext(context);
  return answer;
}

/** The same binding, of which a method does something else, as often as `times` says. */
export function failing<T extends object>(binding: T, name: keyof T & string, fail: (work: () => unknown) => unknown, times = 1): T {
  let left = times;
  return new Proxy(binding, {
    get(target, asked) {
      const value: unknown = Reflect.get(target, asked, target);
      if (typeof value !== "function") return value;
      if (asked !== name) return value.bind(target);
      return (...parameters: unknown[]) => (left-- > 0 ? fail(() => value.apply(target, parameters)) : value.apply(target, parameters));
    },
  });
}

export const gone = async (): Promise<never> => {
  throw new Error("storage is gone");
};
