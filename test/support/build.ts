import { buildWorker } from "../../scripts/build-worker.ts";

/** The conformance suite calls the Worker as it is deployed, so it is built once before all files. */
export default async function setup(): Promise<void> {
  await buildWorker();
}
