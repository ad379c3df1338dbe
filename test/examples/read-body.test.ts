import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { readBody } from "../../examples/publishers/read-body.ts";

/** What becomes of a request of which so much is sent at once, and no more. */
async function readSent(head: string, body: string): Promise<Buffer | string> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  const read = new Promise<Buffer | string>((resolve, reject) => {
    server.once("request", (request, response) => {
      readBody(request, { maxBytes: 10, maxMs: 50 }).then((settled) => (response.end(), resolve(settled)), reject);
    });
  });
  const socket = connect(address.port, "127.0.0.1");
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n${body}`);
  const settled = await read;
  socket.destroy();
  server.close();
  return settled;
}

test.each<[string, string, string, Buffer | string]>([
  ["is read whole", "Content-Length: 10", "0123456789", Buffer.from("0123456789")],
  ["is refused by its length before it comes", "Content-Length: 11", "", "too_large"],
  ["is refused as soon as it is too long", "Transfer-Encoding: chunked", "b\r\n01234567890\r\n", "too_large"],
  ["that does not come to its end is not waited for", "Content-Length: 10", "01", "too_slow"],
])("a body %s", async (_, head, body, expected) => {
  expect(await readSent(head, body)).toEqual(expected);
});
