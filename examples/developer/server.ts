import { createDeveloper } from "./app.ts";
import { readEnvironment } from "./environment.ts";

/** Requests under way have this long to end after SIGTERM. */
const graceMs = 5_000;

const read = readEnvironment(process.env);
if ("problems" in read) {
  for (const problem of read.problems) console.error(problem);
  process.exitCode = 1;
} else {
  const { host, port } = read.environment;
  const server = createDeveloper(read.environment).listen(port, host, (error?: NodeJS.ErrnoException) => {
    if (error === undefined) return console.log(`The example developer listens on ${host}:${port}`);
    console.error(error.code === "EADDRINUSE" ? `Port ${port} is taken: set PORT to a free one.` : `The server failed: ${error.message}`);
    process.exit(1);
  });
  const stop = (): void => {
    server.close();
    setTimeout(() => server.closeAllConnections(), graceMs).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}
