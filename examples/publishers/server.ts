import { realpathSync } from "node:fs";
import { type Environment, readEnvironment } from "./environment.ts";
import { createPublishers } from "./publishers.ts";

export { definitions } from "./definitions.ts";
export { createPublishers } from "./publishers.ts";

/** Requests under way have this long to end after SIGTERM. */
const graceMs = 5_000;

function serve({ host, port, ...options }: Environment): void {
  const { server, stopReports } = createPublishers(options);
  server.on("error", (error: NodeJS.ErrnoException) => {
    console.error(error.code === "EADDRINUSE" ? `Port ${port} is taken: set PORT to a free one.` : `The server failed: ${error.message}`);
    process.exit(1);
  });
  server.listen(port, host, () => console.log(`The example publishers listen on ${host}:${port}, known as ${options.origin}`));

  const stop = (): void => {
    server.close();
    const end = (): void => {
      server.closeAllConnections();
      stopReports();
    };
    setTimeout(end, graceMs).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

/** False where another program imports `createPublishers`. */
const isProgram = process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename;

if (isProgram) {
  const read = readEnvironment(process.env);
  if ("environment" in read) serve(read.environment);
  else {
    for (const problem of read.problems) console.error(problem);
    process.exitCode = 1;
  }
}
