import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runFailing } from "../support/failed-run.ts";
import { freePort } from "../support/gateway.ts";
import { answering, type Respond } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

/** Resets the connection once what was written has left. */
const resetAfter =
  (text: string): Respond =>
  (_request, _response, socket) => void (text === "" ? socket.resetAndDestroy() : socket.write(text, () => socket.resetAndDestroy()));
const closeAfter =
  (text: string): Respond =>
  (_request, _response, socket) => void socket.end(text);

const HEADERS = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
const CHUNKED = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

describe("a connection that fails", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  it.each([
    { how: "is reset before the headers", respond: resetAfter("") },
    { how: "is reset inside the headers", respond: resetAfter("HTTP/1.1 200 OK\r\nContent-Ty") },
    { how: "is reset after the headers", respond: resetAfter(HEADERS) },
    { how: "is reset inside the body", respond: resetAfter(`${HEADERS}{"a":1`) },
    { how: "is closed before the headers", respond: closeAfter("") },
    { how: "is closed before the announced end of the body", respond: closeAfter(`${HEADERS}{"a":1}`) },
    { how: "is closed before the last chunk", respond: closeAfter(`${CHUNKED}7\r\n{"a":1}\r\n`) },
    { how: "does not speak HTTP", respond: closeAfter("220 smtp.example.com ESMTP\r\n") },
    { how: "announces gzip and sends something else", respond: (_request, response) => void response.writeHead(200, { "Content-Encoding": "gzip" }).end('{"a":1}') },
  ] satisfies { how: string; respond: Respond }[])("fails with 61002 after two retries when it $how [responses-5xx]", async ({ respond }) => {
    const offer = await market.offer(respond);
    const { logged } = await runFailing(market, offer, 61002);
    expect(market.requestsTo(offer)).toHaveLength(3);
    expect(logged.attempts.map(({ failure }) => failure)).toEqual(["connection_failed", "connection_failed", "connection_failed"]);
  });

  it("fails with 61002 after three attempts when nobody listens [responses-5xx]", async () => {
    const url = `http://127.0.0.1:${await freePort()}/nobody`;
    const { logged } = await runFailing(market, await market.offer(answering({}), { request: { url } }), 61002);
    expect(logged.attempts.map(({ status, failure }) => [status, failure])).toEqual(Array.from({ length: 3 }, () => [null, "connection_failed"]));
  });

  it("fails with 61001 when the host accepts and never says a word [phone-number-timeout]", async () => {
    const server: Server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : null;
    try {
      await runFailing(market, await market.offer(answering({}), { request: { url: `http://127.0.0.1:${port}/silent` } }), 61001);
    } finally {
      server.close();
    }
  });

  it("that is back for a retry makes the request a success [responses-5xx]", async () => {
    let calls = 0;
    const offer = await market.offer((request, response, socket) => (calls++ < 2 ? resetAfter("")(request, response, socket) : answering({ back: true })(request, response, socket)));
    const result = await market.run(offer);
    expect(result).toMatchObject({ status: "successful", result: { back: true } });
    expect((await market.logged(market.developer, result.request_sid)).attempts.map(({ failure }) => failure)).toEqual(["connection_failed", "connection_failed", null]);
  });
});
