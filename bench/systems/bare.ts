import type { StartSystem } from "../system.ts";
import { startLookupSystem } from "./worker-runtime.ts";

export const start: StartSystem = (options) => startLookupSystem("bare", options);
