import { cpus, totalmem, type as systemType } from "node:os";
import { loadedConnections, type Sample } from "./cell.ts";
import { getBenchVersions, getInstalledVersion } from "./prepare.ts";
import { spendingRounds } from "./spending/measure.ts";

/** The head of `results.md`: when, on what, with which versions, measured how. */
export async function describeRun(samples: readonly Sample[]): Promise<string> {
  const versions = await getBenchVersions();
  const named = ["@portkey-ai/gateway", "fastify", "undici", "hono", "@hono/node-server", "autocannon"];
  const packages = [
    `workerd ${await getInstalledVersion("workerd")}`,
    `Miniflare ${await getInstalledVersion("miniflare")}`,
    `Node ${process.versions.node}`,
    ...named.map((name) => `${name} ${versions[name]}`),
  ];
  const [cpu] = cpus();
  const rounds = samples.filter(({ system, work }) => system === "bare" && work === "lookup-1").length;
  return `# Results

${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpu?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${systemType()} ${process.arch}.
${packages.join(", ")}.

Medians of ${rounds} rounds: requests/s at ${loadedConnections} connections, p50 and p99 at one connection. The load generator, the publisher,
the webhook and the measured system share the machine, so the ratios mean more than the figures. Made by \`npm run bench\`.

Callbacks: medians of 3 after a warm-up, with a look-up at one connection meanwhile. Memory is that of the runtime's process,
above what it had before. Spending control: medians of ${spendingRounds} rounds at ${loadedConnections} connections. Flushes: medians of 15 rounds.
`;
}
