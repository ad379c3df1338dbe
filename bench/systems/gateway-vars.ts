import { randomBytes } from "node:crypto";
import type { Credentials } from "../api-client.ts";

/** Fresh secrets and what a run on loopback needs; the rate limit is out of the way, since one account makes all the load. */
export function gatewayVars(port: number): { vars: Record<string, string>; operator: Credentials } {
  const operator = { sid: `AC${randomBytes(16).toString("hex")}`, auth_token: randomBytes(16).toString("hex") };
  return {
    operator,
    vars: {
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      ACCOUNT_RPS: "1000000",
      ALLOW_INSECURE_PUBLISHERS: "true",
      AUTO_APPROVE: "true",
      OPERATOR_ACCOUNT_SID: operator.sid,
      OPERATOR_AUTH_TOKEN: operator.auth_token,
      ENCRYPTION_KEY: `k1:${randomBytes(32).toString("base64")}`,
    },
  };
}
