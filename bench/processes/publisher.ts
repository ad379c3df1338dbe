/**
 * A publisher faster than any gateway: every request gets the same bytes. `node:http` would be the slowest part of the
 * line, so this reads only what tells where a request ends: the empty line and Content-Length.
 */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { serveCalls } from "../child.ts";
import { publisherAnswer } from "../publisher-answer.ts";

const requestMaxBytes = 65_536;

const body = JSON.stringify(publisherAnswer);
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);

let answeredCount = 0;

/** How long the first request in `input` is, or nothing while its end is not there yet. */
function getRequestSizeBytes(input: Buffer): number | undefined {
  if (input.length === 0) return undefined;
  if (input.length > requestMaxBytes) throw new Error("request over 64 KiB");
  const headersEnd = input.indexOf("\r\n\r\n");
  if (headersEnd === -1) return undefined;
  const headers = input.toString("latin1", 0, headersEnd);
  if (/\r\ntransfer-encoding:/i.test(headers)) throw new Error("chunked request; only Content-Length is understood");
  const contentLength = /\r\ncontent-length: *(\d+)/i.exec(headers)?.[1] ?? "0";
  const sizeBytes = headersEnd + 4 + Number(contentLength);
  return input.length < sizeBytes ? undefined : sizeBytes;
}

function serve(socket: Socket): void {
  let unread: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    try {
      for (let size = getRequestSizeBytes(unread); size !== undefined; size = getRequestSizeBytes(unread)) {
        unread = unread.subarray(size);
        answeredCount += 1;
        socket.write(answer);
      }
    } catch (error) {
      console.error("publisher:", error);
      socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
  });
}

const server = createServer(serve);
const listening = once(server, "listening");
listening.catch(() => undefined); // told to the parent by its first call
server.listen(Number(process.argv[2]), "127.0.0.1");

serveCalls({
  async listening() {
    await listening;
  },
  answeredCount: () => answeredCount,
  cpuMicros: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
});
