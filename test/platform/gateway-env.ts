import { env } from "cloudflare:workers";
import type { Env } from "../../src/env.ts";

/** Wake-ups that were sent. Who follows them, how often and in which order is decided by a test. */
export const wakeUps: unknown[] = [];

const queue = {
  async send(body: unknown) {
    wakeUps.push(body);
  },
  async sendBatch(messages: { body: unknown }[]) {
    wakeUps.push(...messages.map(({ body }) => body));
  },
} as unknown as Queue;

/** What recordings' invocations run with: one object, so that they and the tests share what is made from it. */
export const gatewayEnv: Env = {
  ...env,
  DISPATCH: queue,
  SIGN_IN_FAILURES: { limit: async () => ({ success: true }) },
  PUBLIC_URL: "https://gateway.example.com",
  ACCOUNT_RPS: "500",
  TRANSACTION_FEE_PERCENT: "20",
  OPERATOR_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  OPERATOR_AUTH_TOKEN: "0".repeat(32),
  ENCRYPTION_KEY: `k1:${btoa("k".repeat(32))}`,
};
