import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { requirePublisherAnswer } from "../add-on-results.ts";
import type { StartSystem } from "../system.ts";
import { waitForAnswer } from "./wait-for-answer.ts";

/**
 * A gateway that people run, as its README says to run it, in production mode (without its log page). It has one
 * upstream per request and merges nothing, so one add-on is all that can be compared.
 */
export const start: StartSystem = async ({ port, publisherUrl }) => {
  const program = fileURLToPath(import.meta.resolve("@portkey-ai/gateway/build/start-server.js"));
  const gateway = spawn(process.execPath, [program, "--headless", `--port=${port}`], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const url = `http://127.0.0.1:${port}`;
  await waitForAnswer(url, () => gateway.exitCode !== null);
  return {
    url,
    request: (work) =>
      work !== "lookup-1"
        ? undefined
        : {
            method: "POST",
            path: "/v1/chat/completions",
            headers: {
              "content-type": "application/json",
              authorization: "Bearer none",
              "x-portkey-provider": "openai",
              "x-portkey-custom-host": new URL("/v1", publisherUrl).href,
            },
            body: JSON.stringify({ model: "any", messages: [{ role: "user", content: "+18778894546" }] }),
          },
    check: (work, body) => requirePublisherAnswer(work, JSON.parse(body)),
    async stop() {
      if (gateway.exitCode !== null) return;
      gateway.kill();
      await once(gateway, "exit");
    },
  };
};
