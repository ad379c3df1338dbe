import { once } from "node:events";
import { createServer } from "node:http";

/** Accepts every recording, and remembers where its result is to go. */
export type RecordingPublisher = {
  url: string;
  /** The path of the callback, by the recording's SID. */
  callbackPaths: ReadonlyMap<string, string>;
  stop(): Promise<void>;
};

export async function startRecordingPublisher(): Promise<RecordingPublisher> {
  const callbackPaths = new Map<string, string>();
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
    request.resume().on("end", () => {
      callbackPaths.set(searchParams.get("sid") ?? "", new URL(searchParams.get("callback_url") ?? "").pathname);
      response.writeHead(202).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the recording publisher has no port");
  return {
    url: `http://127.0.0.1:${address.port}/recordings`,
    callbackPaths,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
