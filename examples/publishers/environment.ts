import type { PublisherOptions } from "./publishers.ts";

export type Environment = PublisherOptions & { host: string; port: number };

/** What the process is told, or every problem with it, each by the variable's name. */
export function readEnvironment(env: NodeJS.ProcessEnv): { environment: Environment } | { problems: string[] } {
  const problems: string[] = [];
  const secret = (name: string): string => {
    const value = env[name] ?? "";
    if (value === "") problems.push(`${name} is not set.`);
    return value;
  };

  const port = Number(env["PORT"] ?? 8788);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) problems.push("PORT is not a port number.");
  const origin = env["PUBLIC_ORIGIN"] ?? `http://127.0.0.1:${port}`;
  if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
    problems.push("PUBLIC_ORIGIN is not an origin, like https://publisher.example.com, without a path or a slash at the end.");
  }

  const secondary = env["PUBLISHER_SECONDARY_AUTH_TOKEN"] ?? "";
  const environment = {
    host: env["HOST"] ?? "127.0.0.1",
    port,
    origin,
    authTokens: [secret("PUBLISHER_AUTH_TOKEN"), ...(secondary === "" ? [] : [secondary])],
    credentials: {
      anagramsPassword: secret("ANAGRAMS_PASSWORD"),
      numberInsightToken: secret("NUMBER_INSIGHT_TOKEN"),
      spamScoreKey: secret("SPAM_SCORE_KEY"),
      messageSentimentKey: secret("MESSAGE_SENTIMENT_KEY"),
      soundAnalysisPassword: secret("SOUND_ANALYSIS_PASSWORD"),
    },
    callbackKey: { sid: secret("CALLBACK_KEY_SID"), secret: secret("CALLBACK_KEY_SECRET") },
  };
  return problems.length === 0 ? { environment } : { problems };
}
