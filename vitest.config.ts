import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** For what takes a second or two on an idle machine. What is to be fast says so itself. */
const UNHURRIED_MS = 20_000;

/** Three suites: `unit` needs no runtime, `platform` runs inside workerd, `conformance` calls the built Worker over HTTP. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", testTimeout: UNHURRIED_MS, include: ["test/{domain,invocation,examples,scripts}/**/*.test.ts", "test/*.test.ts"] } },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "test/platform/desk-worker.toml" },
            miniflare: { bindings: { MIGRATIONS: await readD1Migrations("migrations") } },
          })),
        ],
        test: { name: "platform", testTimeout: UNHURRIED_MS, include: ["test/platform/**/*.test.ts"] },
      },
      {
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          // Every file starts a gateway of its own; what they share is wrangler and miniflare, which take 2 s to load.
          isolate: false,
          globalSetup: ["test/support/build.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
