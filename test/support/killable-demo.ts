import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { startDemo, untilClosed, untilPrinted, type DemoPorts } from "./demo-process.ts";
import { freePort } from "./gateway.ts";

/** The demo with a state of its own, which it keeps from one life to the next. */
export type KillableDemo = {
  ports: DemoPorts;
  /** What it has printed in this life. */
  output(): string;
  start(): Promise<void>;
  /** Ends all of its processes at once, as a machine that loses its power does. */
  kill(): Promise<void>;
  /** Kills it where it runs, and removes its state. */
  remove(): Promise<void>;
};

/** @param name of the folder for its state. */
export async function killableDemo(name: string): Promise<KillableDemo> {
  const ports = { port: await freePort(), publishersPort: await freePort(), developerPort: await freePort(), stateDir: await mkdtemp(resolve(tmpdir(), name)) };
  const start = async () => {
    const started = startDemo([process.execPath, "scripts/start.ts"], ports);
    await untilPrinted(started);
    return started;
  };
  let demo = await start();
  const kill = async (): Promise<void> => {
    demo.signal("SIGKILL");
    await demo.ended();
    await Promise.all([untilClosed(ports.port), untilClosed(ports.publishersPort), untilClosed(ports.developerPort)]);
  };
  return {
    ports,
    output: () => demo.output(),
    kill,
    start: async () => void (demo = await start()),
    async remove() {
      if (demo.exitCode() === null) await kill();
      await rm(ports.stateDir, { recursive: true, force: true });
    },
  };
}
