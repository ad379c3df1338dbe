import type { DeveloperOptions } from "./app.ts";

export type Environment = DeveloperOptions & { host: string; port: number };

/** What the process is told, or every problem with it, each by the variable's name. */
export function readEnvironment(env: NodeJS.ProcessEnv): { environment: Environment } | { problems: string[] } {
  const problems: string[] = [];
  const port = Number(env["PORT"] ?? 8789);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) problems.push("PORT is not a port number.");
  const required = (name: string): string => {
    const value = env[name] ?? "";
    if (value === "") problems.push(`${name} is not set.`);
    return value;
  };
  const checkOrigin = (name: string, value: string): void => {
    if (URL.canParse(value) && new URL(value).origin === value) return;
    problems.push(`${name} is not an origin, like https://example.com, without a path or a slash at the end.`);
  };
  const { GATEWAY_ORIGIN: gatewayOrigin = "http://127.0.0.1:8787", PUBLIC_ORIGIN: publicOrigin } = env;
  const environment = {
    host: env["HOST"] ?? "127.0.0.1",
    port,
    accountSid: required("ACCOUNT_SID"),
    authToken: required("AUTH_TOKEN"),
    gatewayOrigin,
    publicOrigin,
  };
  checkOrigin("GATEWAY_ORIGIN", gatewayOrigin);
  if (publicOrigin !== undefined) checkOrigin("PUBLIC_ORIGIN", publicOrigin);
  return problems.length === 0 ? { environment } : { problems };
}
