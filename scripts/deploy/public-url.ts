import { readFile } from "node:fs/promises";
import { z } from "zod";
import * as commands from "./commands.ts";
import { isWranglerSaying, jsonOf, type Wrangler } from "./wrangler.ts";

/**
 * What the very first version has as PUBLIC_URL: only its deployment tells which workers.dev name the account has.
 * Nobody can be answered under it, and the next run does not take it for one that was chosen.
 */
export const notKnownYet = "https://public-url-not-known-yet.invalid";

const deployment = z.object({ versions: z.array(z.object({ version_id: z.string() })).min(1) });
const version = z.object({
  resources: z.object({ bindings: z.array(z.object({ type: z.string(), name: z.string(), text: z.string().optional() })) }),
});
const outputEntry = z.object({ type: z.literal("deploy"), targets: z.array(z.string()) });

/** The origin that the environment asks for; null where it does not. @throws if it is not an https origin. */
export function requestedUrl(env: NodeJS.ProcessEnv): string | null {
  if (env.PUBLIC_URL === undefined || env.PUBLIC_URL === "") return null;
  const url = URL.parse(env.PUBLIC_URL);
  const isOrigin = url?.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  if (url?.protocol !== "https:" || !isOrigin) throw new Error("PUBLIC_URL must be an https origin, like https://gateway.example.com");
  return url.origin;
}

/** The PUBLIC_URL of the version that is now deployed: the account remembers it, whatever machine deploys next. */
export async function getDeployedUrl(workerName: string, wrangler: Wrangler): Promise<string | null> {
  try {
    const current = await wrangler(commands.currentDeployment);
    const [latest] = deployment.parse(jsonOf(commands.currentDeployment, current)).versions;
    if (latest === undefined) return null;
    const command = commands.version(latest.version_id);
    const { resources } = version.parse(jsonOf(command, await wrangler(command)));
    const url = resources.bindings.find(({ type, name }) => type === "plain_text" && name === "PUBLIC_URL")?.text;
    return url === undefined || url === notKnownYet ? null : url;
  } catch (error) {
    if (isWranglerSaying(`The Worker ${workerName} has no deployments`, error)) return null;
    throw error;
  }
}

/** The first URL among the targets that wrangler wrote to its output file: the workers.dev one. @throws if there is none. */
export async function requireDeployedTarget(outputFile: string): Promise<string> {
  const lines = (await readFile(outputFile, "utf8")).split("\n").filter((line) => line !== "");
  for (const line of lines) {
    const entry = outputEntry.safeParse(JSON.parse(line));
    const target = entry.data?.targets.find((candidate) => /^https:\/\/\S+$/.test(candidate));
    if (target !== undefined) return new URL(target).origin;
  }
  throw new Error("the Worker is deployed without a workers.dev name: run again with PUBLIC_URL set to the origin of its route or custom domain");
}
