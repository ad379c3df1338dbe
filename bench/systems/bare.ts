import type { StartSystem } from "../system.ts";
import { startYardstickSystem } from "./worker-runtime.ts";

export const start: StartSystem = (options) => startYardstickSystem("bare", options);
