import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import type { Miniflare } from "miniflare";
import { startLocalRuntime } from "../../scripts/local-runtime.ts";
import { migrateLocal } from "../../scripts/migrate-local.ts";
import { violationsOfAnswer, type JudgedAnswer } from "./api-schemas.ts";

export type Login = { sid: string; secret: string };

/** A JSON answer of the gateway. */
export type Answer<T = Record<string, unknown>> = { status: number; headers: Headers; body: T; text: string };

export type Body = { form: Record<string, string | string[]> } | { json: unknown } | { raw: string; type?: string };

/** The built Worker in workerd, with local D1, R2, queues and Durable Objects of its own. */
export type TestGateway = {
  url: string;
  miniflare: Miniflare;
  operator: Login;
  /** Every line that the Worker logged. */
  logs: string[];
  /** The pages that its errors pointed to. */
  moreInfos: Set<string>;
  /** Fails on an answer that the public API's descriptions, or the shapes of errors and lists, do not allow. `call` judges every answer. */
  judge(answer: JudgedAnswer): void;
  call<T = Record<string, unknown>>(login: Login | null, method: string, path: string, body?: Body, headers?: Record<string, string>): Promise<Answer<T>>;
  /** A new account; with credit if an amount of dollars is given. */
  account(name?: string, dollars?: string): Promise<Login>;
  stop(): Promise<void>;
};

const hex = (bytes: number): string => randomBytes(bytes).toString("hex");

export async function startGateway(vars: Record<string, string> = {}, stateDir?: string): Promise<TestGateway> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const publicUrl = vars["PUBLIC_URL"] ?? url;
  // A gateway that is started again on its state brings its secrets along.
  const operator = { sid: vars["OPERATOR_ACCOUNT_SID"] ?? `AC${hex(16)}`, secret: vars["OPERATOR_AUTH_TOKEN"] ?? hex(16) };
  const logs: string[] = [];
  const { miniflare } = await startLocalRuntime({
    port,
    onLog: (line) => logs.push(line),
    ...(stateDir !== undefined && { stateDir }),
    vars: {
      PUBLIC_URL: url,
      ACCOUNT_RPS: "5000",
      ALLOW_INSECURE_PUBLISHERS: "true",
      AUTO_APPROVE: "true",
      OPERATOR_ACCOUNT_SID: operator.sid,
      OPERATOR_AUTH_TOKEN: operator.secret,
      ENCRYPTION_KEY: `k1:${randomBytes(32).toString("base64")}`,
      ...vars,
    },
  });
  await migrateLocal(miniflare);

  const moreInfos = new Set<string>();
  const judge: TestGateway["judge"] = (answer) => {
    const violations = violationsOfAnswer(answer, publicUrl);
    if (violations.length > 0) throw new Error(`${answer.method} ${answer.path} answered ${answer.status}: ${violations.join("; ")}\n${answer.text}`);
    if (answer.status >= 400 && answer.method !== "HEAD") moreInfos.add(jsonOf<{ more_info: string }>(answer.text).more_info);
  };
  const call: TestGateway["call"] = async (login, method, path, body, headers = {}) => {
    // As it is sent: dot segments are gone.
    const target = new URL(url + path);
    const response = await fetch(target, { method, headers: { ...authorization(login), ...contentType(body), ...headers }, ...(body && { body: textOf(body) }), redirect: "manual" });
    const text = await response.text();
    judge({ method, path: target.pathname + target.search, status: response.status, headers: response.headers, text });
    return { status: response.status, headers: response.headers, body: jsonOf(text), text };
  };
  return {
    url,
    miniflare,
    operator,
    logs,
    moreInfos,
    judge,
    call,
    async account(name = "Test", dollars) {
      const { body, status, text } = await call<{ sid: string; auth_token: string }>(operator, "POST", "/2010-04-01/Accounts.json", { form: { FriendlyName: name } });
      if (status !== 201) throw new Error(`no account: ${text}`);
      if (dollars !== undefined) {
        const credit = await call(operator, "POST", `/v1/Operator/Accounts/${body.sid}/Credits`, { form: { Amount: dollars, Reason: "Test" } }, { "Idempotency-Key": hex(8) });
        if (credit.status !== 201) throw new Error(`no credit: ${credit.text}`);
      }
      return { sid: body.sid, secret: body.auth_token };
    },
    stop: () => miniflare.dispose(),
  };
}

export const authorization = (login: Login | null): Record<string, string> =>
  login === null ? {} : { Authorization: `Basic ${Buffer.from(`${login.sid}:${login.secret}`).toString("base64")}` };

function contentType(body: Body | undefined): Record<string, string> {
  if (body === undefined) return {};
  if ("form" in body) return { "Content-Type": "application/x-www-form-urlencoded" };
  return { "Content-Type": "json" in body ? "application/json" : (body.type ?? "application/json") };
}

function textOf(body: Body): string {
  if ("raw" in body) return body.raw;
  if ("json" in body) return JSON.stringify(body.json);
  return new URLSearchParams(Object.entries(body.form).flatMap(([name, value]) => [value].flat().map((item): [string, string] => [name, item]))).toString();
}

function jsonOf<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    return {} as T;
  }
}

/** A port that was free a moment ago: the gateway must know its own address before it starts. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** Waits for a condition, with a limit: nothing in the tests sleeps for a fixed time. */
export async function until<T>(what: string, condition: () => Promise<T | null | undefined | false> | T | null | undefined | false, limitMs = 10_000): Promise<T> {
  const endsAtMs = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > endsAtMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}
