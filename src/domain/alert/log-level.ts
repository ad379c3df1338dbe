import type { LogLevel } from "../alert.ts";
import type { ErrorCode } from "../error-code.ts";

/** Those that the public list of errors has as warnings. */
const WARNINGS: ReadonlySet<ErrorCode> = new Set([61004, 61006]);

export const logLevelOf = (code: ErrorCode): LogLevel => (WARNINGS.has(code) ? "warning" : "error");
