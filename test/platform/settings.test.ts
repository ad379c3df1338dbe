import { env as bindings } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { settingsOf, type Env } from "../../src/env.ts";

const key = (bytes: number): string => btoa("k".repeat(bytes));

const good: Record<string, string | undefined> = {
  PUBLIC_URL: "https://gateway.example.com",
  ACCOUNT_RPS: "500",
  TRANSACTION_FEE_PERCENT: "20",
  OPERATOR_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  OPERATOR_AUTH_TOKEN: "0".repeat(32),
  ENCRYPTION_KEY: `k1:${key(32)}`,
};
const settingsWith = (change: Record<string, string | undefined>) => settingsOf({ ...bindings, ...good, ...change } as unknown as Env);

describe("settings", () => {
  it("are read from variables and secrets", () => {
    expect(settingsWith({ ENCRYPTION_KEY_PREVIOUS: `k0:${key(32)}` })).toMatchObject({
      publicUrl: "https://gateway.example.com",
      accountRps: 500,
      transactionFeePercent: "20",
      allowInsecurePublishers: false,
      autoApprove: false,
      operatorAccountSid: good["OPERATOR_ACCOUNT_SID"],
      encryptionKeys: { current: { id: "k1" }, previous: { id: "k0" } },
    });
  });

  it.each([
    ["PUBLIC_URL", undefined],
    ["PUBLIC_URL", ""],
    ["PUBLIC_URL", "gateway.example.com"],
    ["PUBLIC_URL", "ftp://gateway.example.com"],
    ["PUBLIC_URL", "https://gateway.example.com/path"],
    ["PUBLIC_URL", "https://gateway.example.com/?query"],
    ["PUBLIC_URL", "https://user@gateway.example.com"],
    ["ACCOUNT_RPS", undefined],
    ["ACCOUNT_RPS", "0"],
    ["ACCOUNT_RPS", "-1"],
    ["ACCOUNT_RPS", "1.5"],
    ["ACCOUNT_RPS", "1e3"],
    ["TRANSACTION_FEE_PERCENT", undefined],
    ["TRANSACTION_FEE_PERCENT", ""],
    ["TRANSACTION_FEE_PERCENT", "-1"],
    ["TRANSACTION_FEE_PERCENT", "100.1"],
    ["TRANSACTION_FEE_PERCENT", "20%"],
    ["TRANSACTION_FEE_PERCENT", "1e1"],
    ["OPERATOR_ACCOUNT_SID", undefined],
    ["OPERATOR_ACCOUNT_SID", "AC1"],
    ["OPERATOR_ACCOUNT_SID", `AC${"A".repeat(32)}`],
    ["OPERATOR_AUTH_TOKEN", undefined],
    ["OPERATOR_AUTH_TOKEN", "short"],
    ["ENCRYPTION_KEY", undefined],
    ["ENCRYPTION_KEY", key(32)],
    ["ENCRYPTION_KEY", `k1:${key(31)}`],
    ["ENCRYPTION_KEY", `k1:${key(33)}`],
    ["ENCRYPTION_KEY", `k 1:${key(32)}`],
    ["ENCRYPTION_KEY_PREVIOUS", "k0:short"],
    ["ENCRYPTION_KEY_PREVIOUS", `k1:${key(32)}`],
    ["AUTO_APPROVE", "yes"],
    ["ALLOW_INSECURE_PUBLISHERS", "1"],
  ])("that are missing or malformed are named, and their value is not: %s = %s", (name, value) => {
    const read = (): unknown => settingsWith({ [name]: value });
    expect(read).toThrow(name);
    if (value !== undefined && value.length > 1) expect(read).not.toThrow(value);
  });

  it.each(["0", "100", "100.0000", "12.5", "0.0001"])("take a fee from 0 to 100 percent as it is written: %s", (percent) => {
    expect(settingsWith({ TRANSACTION_FEE_PERCENT: percent }).transactionFeePercent).toBe(percent);
  });

  it.each(["AUTO_APPROVE", "ALLOW_INSECURE_PUBLISHERS"])("for local runs only are refused under a public https URL: %s", (name) => {
    expect(() => settingsWith({ [name]: "true" })).toThrow(name);
    for (const url of ["http://127.0.0.1:8787", "https://localhost:8787", "https://127.0.0.1", "https://[::1]:1"]) expect(() => settingsWith({ [name]: "true", PUBLIC_URL: url })).not.toThrow();
    for (const url of ["https://127.example.com", "https://localhost.example.com"]) expect(() => settingsWith({ [name]: "true", PUBLIC_URL: url })).toThrow(name);
    expect(settingsWith({ [name]: "false" })).toMatchObject({ autoApprove: false, allowInsecurePublishers: false });
  });

  it("let a publisher have less time for its callback in local runs only", () => {
    expect(settingsWith({}).callbackMinMs).toBe(60_000);
    expect(settingsWith({ CALLBACK_MIN_MS: "1500", PUBLIC_URL: "http://127.0.0.1:8787" }).callbackMinMs).toBe(1_500);
    for (const value of ["1500", "60000"]) expect(() => settingsWith({ CALLBACK_MIN_MS: value })).toThrow("CALLBACK_MIN_MS");
  });
});
