/**
 * autocannon in a process of its own. Its histogram has whole milliseconds, too coarse for one connection, so the times
 * are read from its `response` events, which carry fractions.
 *
 * A run is a number of requests and not a time: autocannon ends a timed run by cutting the connections, and what was cut
 * was charged but not counted.
 */
import autocannon from "autocannon";
import { serveCalls } from "../child.ts";
import { loadSpec, type LoadResult } from "../load.ts";
import { messageSidMark, messageWriter } from "../message-sid.ts";
import { percentile } from "../percentile.ts";
import type { HttpRequest } from "../works.ts";

/** Written anew for each request only where that changes something: it costs the load generator time. */
function contentOf({ body }: HttpRequest) {
  if (body === undefined) return {};
  if (!body.includes(messageSidMark)) return { body };
  const write = messageWriter(body);
  const setupRequest = (request: autocannon.Request) => Object.assign(request, { body: write() });
  return { requests: [{ setupRequest }] };
}

function measure(input: unknown): Promise<LoadResult> {
  const { url, request, connections, amount } = loadSpec.parse(input);
  const tookMs = new Float64Array(amount);
  const statusCounts: Record<string, number> = {};
  let answeredCount = 0;
  let lastAtMs = 0;
  return new Promise((resolve, reject) => {
    const startedAtMs = performance.now();
    const { method, path, headers } = request;
    const options = { url: url + path, method, headers, ...contentOf(request), connections, amount, sampleInt: 20, timeout: 10 };
    const run = autocannon(options, (error, result) => {
      if (error) return reject(error);
      const sorted = tookMs.subarray(0, answeredCount).toSorted();
      resolve({
        okCount: result["2xx"],
        statusCounts,
        brokenCount: result.errors,
        rps: result["2xx"] / ((lastAtMs - startedAtMs) / 1000),
        p50Ms: percentile(sorted, 0.5),
        p99Ms: percentile(sorted, 0.99),
      });
    });
    run.on("response", (_client, statusCode, _sizeBytes, responseTimeMs) => {
      if (answeredCount < amount) tookMs[answeredCount] = responseTimeMs;
      answeredCount += 1;
      statusCounts[statusCode] = (statusCounts[statusCode] ?? 0) + 1;
      lastAtMs = performance.now();
    });
  });
}

serveCalls({ measure });
