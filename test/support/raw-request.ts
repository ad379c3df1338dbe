import { connect } from "node:net";

/** What came back over the wire; `fetch` refuses to send some of what a gateway must stand. */
export type RawAnswer = { status: number; headers: Map<string, string>; body: string };

/**
 * Sends bytes as they are and reads the answer until its end.
 * @param head the request line and headers, without Host and Connection.
 * @param chunks sent in a body without Content-Length, when given.
 */
export async function rawRequest(origin: string, head: string[], chunks?: Iterable<string>): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(origin);
  const socket = connect(Number(port), hostname);
  const received: Buffer[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    socket.on("data", (data) => received.push(data));
    socket.on("close", () => resolve());
    // The gateway may answer and close before it has read all that was sent: what came until then counts.
    socket.on("error", (error: NodeJS.ErrnoException) => (received.length > 0 || error.code === "EPIPE" || error.code === "ECONNRESET" ? resolve() : reject(error)));
    socket.setTimeout(20_000, () => socket.destroy(new Error("no answer within 20 s")));
  });
  const framing = chunks === undefined ? [] : ["Transfer-Encoding: chunked"];
  socket.write([...head, `Host: ${host}`, "Connection: close", ...framing, "", ""].join("\r\n"));
  for (const chunk of chunks ?? []) socket.write(`${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`);
  if (chunks !== undefined) socket.write("0\r\n\r\n");
  await ended;
  return parse(Buffer.concat(received).toString("utf8"));
}

function parse(text: string): RawAnswer {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = new Map(lines.map((line): [string, string] => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  const body = rest.join("\r\n\r\n");
  return { status: Number(statusLine.split(" ")[1]), headers, body: headers.get("transfer-encoding") === "chunked" ? unchunked(body) : body };
}

function unchunked(text: string): string {
  let body = "";
  for (let rest = text; rest !== ""; ) {
    const sizeChars = Number.parseInt(rest, 16);
    if (!(sizeChars > 0)) break;
    const start = rest.indexOf("\r\n") + 2;
    body += rest.slice(start, start + sizeChars);
    rest = rest.slice(start + sizeChars + 2);
  }
  return body;
}
