/**
 * A server faster than any gateway: every request gets the same bytes. `node:http` would be the slowest part of the
 * line, so this reads only what tells where a request ends: the empty line and Content-Length.
 */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { serveCalls } from "../child.ts";

const requestMaxBytes = 65_536;

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

/** Serves on the port that is the program's argument, and tells the parent what came. */
export function serveOneAnswer(contentType: string, body: string): void {
  const answer = Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  let answeredCount = 0;
  let lastRequest: Buffer = Buffer.alloc(0);

  function serve(socket: Socket): void {
    let unread: Buffer = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
      try {
        for (let size = getRequestSizeBytes(unread); size !== undefined; size = getRequestSizeBytes(unread)) {
          lastRequest = unread.subarray(0, size);
          unread = unread.subarray(size);
          answeredCount += 1;
          socket.write(answer);
        }
      } catch (error) {
        console.error("one-answer server:", error);
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
    lastBody: () => lastRequest.toString("utf8", lastRequest.indexOf("\r\n\r\n") + 4),
    cpuMicros: () => {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
  });
}
