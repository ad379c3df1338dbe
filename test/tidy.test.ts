import { readdirSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";

const root = resolve(import.meta.dirname, "..");

/** Which folder of `src` may import which: the way of the data is edge → use case → domain, and adapters stand beside it. */
const LAYERS: Record<string, string[]> = {
  domain: ["domain"],
  invocation: ["domain", "invocation"],
  platform: ["domain", "invocation", "platform", "env.ts", "objects"],
  objects: ["domain", "invocation", "platform", "objects", "wiring.ts", "env.ts"],
  http: ["domain", "invocation", "platform", "http", "wiring.ts", "env.ts"],
  routes: ["domain", "invocation", "platform", "http", "wiring.ts", "env.ts"],
  consumers: ["domain", "invocation", "platform", "consumers", "wiring.ts", "env.ts"],
  "wiring.ts": ["domain", "invocation", "platform", "env.ts"],
  "env.ts": ["domain", "objects"],
  "app.ts": ["domain", "http", "routes", "platform", "wiring.ts", "env.ts"],
  "worker.ts": ["app.ts", "consumers", "objects", "wiring.ts", "env.ts"],
};

/** The domain depends on its arguments only. */
const NOT_IN_DOMAIN = /\b(Date\.now|Math\.random|getRandomValues|randomUUID|fetch\(|setTimeout|new Date\(\)|console\.|cloudflare:workers)/;
const LIBRARIES_OF_DOMAIN = ["zod/v4", "libphonenumber-js", "@cfworker/json-schema", "re2js", "d3-dsv"];

function filesUnder(folder: string, ending: RegExp): string[] {
  return readdirSync(resolve(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => resolve(entry.parentPath, entry.name))
    .filter((path) => !path.includes("node_modules"));
}

const sources = filesUnder("src", /\.tsx?$/).map((path) => ({ path, name: relative(resolve(root, "src"), path), text: readFileSync(path, "utf8") }));
const importsOf = (text: string): string[] => [...text.matchAll(/^(?:import|export)[^;]*?from "([^"]+)"/gms)].map((match) => match[1] ?? "");
const layerOf = (name: string): string => name.split("/")[0] ?? name;

describe("the source", () => {
  it("imports only along the way of the data", () => {
    const wrong = sources.flatMap(({ path, name, text }) =>
      importsOf(text)
        .filter((target) => target.startsWith("."))
        .map((target) => relative(resolve(root, "src"), resolve(dirname(path), target)))
        .filter((target) => !(LAYERS[layerOf(name)] ?? []).includes(layerOf(target)))
        .map((target) => `${name} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("keeps one route's file out of another's", () => {
    const wrong = sources
      .filter(({ name }) => name.startsWith("routes/"))
      .flatMap(({ name, text }) => importsOf(text).filter((target) => target.startsWith("./")).map((target) => `${name} imports ${target}`));
    expect(wrong).toEqual([]);
  });

  it("has a pure domain: no clock, randomness, network or log, and few libraries", () => {
    const domain = sources.filter(({ name }) => name.startsWith("domain/"));
    const impure = domain.filter(({ text }) => NOT_IN_DOMAIN.test(text.replaceAll(/\/\*.*?\*\/|\/\/.*$/gms, ""))).map(({ name }) => name);
    const libraries = domain.flatMap(({ text }) => importsOf(text)).filter((target) => !target.startsWith("."));
    expect(impure).toEqual([]);
    expect(libraries.filter((library) => !LIBRARIES_OF_DOMAIN.includes(library))).toEqual([]);
  });

  it("has no file over 300 lines and no catch-all names", () => {
    const all = [...sources.map(({ path }) => path), ...["test", "scripts", "examples", "bench"].flatMap((folder) => filesUnder(folder, /\.(ts|mjs)$/))];
    const long = all.filter((path) => readFileSync(path, "utf8").split("\n").length > 301);
    const vague = all.filter((path) => /\/(utils?|helpers?|common|misc|manager|types)\.\w+$/.test(path));
    expect([...long, ...vague].map((path) => relative(root, path))).toEqual([]);
  });
});

describe("the deployment", () => {
  it("leaves requests' URLs out of the platform's logs: a Lookup's URL is a phone number", () => {
    const { observability } = unstable_readConfig({ config: resolve(root, "wrangler.toml") });
    expect(observability?.logs).toMatchObject({ enabled: true, invocation_logs: false });
    expect(observability?.enabled ?? false).toBe(false);
  });
});

describe("the migrations", () => {
  it("never drop or rebuild a table, and never cascade: D1 would take the children's rows along", () => {
    const wrong = filesUnder("migrations", /\.sql$/).filter((path) => /DROP\s+TABLE|__new_|ON\s+DELETE\s+CASCADE/i.test(readFileSync(path, "utf8")));
    expect(wrong.map((path) => relative(root, path))).toEqual([]);
  });
});
