import type { Login, TestGateway } from "./gateway.ts";

type TestCredentials = { test_account_sid: string; test_auth_token: string };

/** An account's test credentials, with a new token. */
export async function testLogin(gateway: TestGateway, account: Login): Promise<Login> {
  const { status, body, text } = await gateway.call<TestCredentials>(account, "POST", "/v1/TestCredentials");
  if (status !== 201) throw new Error(`no test credentials: ${text}`);
  return { sid: body.test_account_sid, secret: body.test_auth_token };
}
