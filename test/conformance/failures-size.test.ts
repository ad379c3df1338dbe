import { pipeline, Readable } from "node:stream";
import { createGzip, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookUp } from "../support/add-ons.ts";
import { runFailing } from "../support/failed-run.ts";
import { until } from "../support/gateway.ts";
import { answering, type Respond } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const LIMIT_BYTES = 51_200;

/** A JSON object of exactly so many bytes, of which a character may take more than one. */
function objectOf(sizeBytes: number, character = "x"): Buffer {
  const left = sizeBytes - '{"a":""}'.length;
  const characterBytes = Buffer.byteLength(character);
  const text = character.repeat(Math.floor(left / characterBytes)) + "y".repeat(left % characterBytes);
  return Buffer.from(`{"a":"${text}"}`);
}

const whole = (body: Buffer): Respond => (_request, response) => void response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length }).end(body);
const gzipped = (body: Buffer): Respond => (_request, response) => void response.writeHead(200, { "Content-Type": "application/json", "Content-Encoding": "gzip" }).end(gzipSync(body));
const chunked = (body: Buffer): Respond => (_request, response) => {
  response.writeHead(200, { "Content-Type": "application/json" });
  for (let start = 0; start < body.length; start += 1_000) response.write(body.subarray(start, start + 1_000));
  response.end();
};

describe("the size of an answer", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  it.each([
    { what: "51,200 bytes with their length", respond: whole(objectOf(LIMIT_BYTES)) },
    { what: "51,200 bytes in chunks", respond: chunked(objectOf(LIMIT_BYTES)) },
    { what: "51,200 bytes in characters of three", respond: whole(objectOf(LIMIT_BYTES, "語")) },
    { what: "51,200 bytes from gzip", respond: gzipped(objectOf(LIMIT_BYTES)) },
  ])("may be exactly the limit: $what [phone-number-size]", async ({ respond }) => {
    const result = await market.run(await market.offer(respond));
    expect(result).toMatchObject({ status: "successful" });
    expect(Buffer.byteLength(JSON.stringify(result.result))).toBe(LIMIT_BYTES);
    expect(await market.logged(market.owner, result.request_sid)).toMatchObject({ bytes_in: LIMIT_BYTES, price: "0.0001" });
  });

  it.each([
    { what: "51,201 bytes with their length", respond: whole(objectOf(LIMIT_BYTES + 1)) },
    { what: "51,201 bytes in chunks", respond: chunked(objectOf(LIMIT_BYTES + 1)) },
    { what: "51,201 bytes in characters of three", respond: whole(objectOf(LIMIT_BYTES + 1, "語")) },
    { what: "51,201 bytes from gzip", respond: gzipped(objectOf(LIMIT_BYTES + 1)) },
    { what: "5 MB with their length", respond: whole(objectOf(5_000_000)) },
    { what: "5 MB in chunks", respond: chunked(objectOf(5_000_000)) },
    { what: "10 MB from 10 KB of gzip", respond: gzipped(objectOf(10_000_000)) },
  ])("is one byte too much, or more: $what: 61007, not retried, not billed [phone-number-size]", async ({ respond }) => {
    const offer = await market.offer(respond);
    const { logged } = await runFailing(market, offer, 61007);
    expect(market.requestsTo(offer)).toHaveLength(1);
    expect(logged.attempts).toEqual([expect.objectContaining({ status: 200, failure: "body_too_large" })]);
  });

  it("is counted after decoding while it is read: gzip bombs without an end are cut off, six at once [phone-number-size]", async () => {
    let open = 0;
    const bomb: Respond = (_request, response) => {
      open += 1;
      const spaces = new Readable({ read() { this.push(Buffer.alloc(1 << 20, " ")); } });
      response.writeHead(200, { "Content-Type": "application/json", "Content-Encoding": "gzip" });
      pipeline(spaces, createGzip(), response, () => (open -= 1));
    };
    const offers = await Promise.all(Array.from({ length: 6 }, () => market.offer(bomb)));
    const { body } = await lookUp(market.gateway, market.developer, offers.map(({ name }) => name));
    expect(Object.values(body.add_ons?.results ?? {}).map(({ code }) => code)).toEqual(Array.from({ length: 6 }, () => 61007));
    await until("the gateway has hung up on all six", () => open === 0);
    const [{ request_sid } = { request_sid: "" }] = Object.values(body.add_ons?.results ?? {});
    expect((await market.logged(market.developer, request_sid)).bytes_in, "nothing was read on").toBe(LIMIT_BYTES + 1);
    expect(await market.run(await market.offer(answering({ alive: true })))).toMatchObject({ result: { alive: true } });
  });

  it("does not matter for an answer that is refused anyway: a large 500 is a server error", async () => {
    const offer = await market.offer((_request, response) => void response.writeHead(500).end(objectOf(5_000_000)));
    await runFailing(market, offer, 61002);
    expect(market.requestsTo(offer)).toHaveLength(3);
  });
});
