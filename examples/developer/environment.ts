export type Environment = { host: string; port: number; authToken: string; publicOrigin: string | undefined };

/** What the process is told, or every problem with it, each by the variable's name. */
export function readEnvironment(env: NodeJS.ProcessEnv): { environment: Environment } | { problems: string[] } {
  const problems: string[] = [];
  const port = Number(env["PORT"] ?? 8789);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) problems.push("PORT is not a port number.");
  const authToken = env["AUTH_TOKEN"] ?? "";
  if (authToken === "") problems.push("AUTH_TOKEN is not set.");
  const publicOrigin = env["PUBLIC_ORIGIN"];
  if (publicOrigin !== undefined && (!URL.canParse(publicOrigin) || new URL(publicOrigin).origin !== publicOrigin)) {
    problems.push("PUBLIC_ORIGIN is not an origin, like https://developer.example.com, without a path or a slash at the end.");
  }
  return problems.length === 0 ? { environment: { host: env["HOST"] ?? "127.0.0.1", port, authToken, publicOrigin } } : { problems };
}
