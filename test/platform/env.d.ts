declare namespace Cloudflare {
  interface Env {
    DB: D1Database;
    RECORDINGS: R2Bucket;
    ACCOUNT_DESK: import("../../src/env.ts").Env["ACCOUNT_DESK"];
    RECORDING_INVOCATION: import("../../src/env.ts").Env["RECORDING_INVOCATION"];
    MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}
