/**
 * How long a cold start takes: from starting the runtime to the first answer of `/health`, once per call, without the
 * time in which Node loads this program. Arguments: `dipswitch` or `bare`, port, state directory.
 */
import { z } from "zod";
import { startLocalRuntime } from "../../scripts/local-runtime.ts";
import { serveCalls } from "../child.ts";
import { gatewayVars } from "../systems/gateway-vars.ts";
import { startYardstick } from "../systems/worker-runtime.ts";

const nowhere = "http://127.0.0.1/";

const [name, port, stateDir] = z.tuple([z.enum(["dipswitch", "bare"]), z.coerce.number(), z.string()]).parse(process.argv.slice(2));

async function measure(): Promise<number> {
  const startedAtMs = performance.now();
  const { miniflare, url } =
    name === "bare"
      ? await startYardstick("bare", { port, publisherUrl: nowhere, webhookUrl: nowhere })
      : await startLocalRuntime({ port, stateDir, vars: gatewayVars(port).vars });
  const response = await fetch(`${url}/health`);
  await response.arrayBuffer();
  const tookMs = performance.now() - startedAtMs;
  await miniflare.dispose();
  if (!response.ok) throw new Error(`/health answered ${response.status}`);
  return tookMs;
}

serveCalls({ measure });
