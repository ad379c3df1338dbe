import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { installCommand, start } from "./stand-in/command.ts";

vi.setConfig({ testTimeout: 30_000 });

type Packages = Record<string, { version?: string; integrity?: string; optional?: boolean; os?: string[]; cpu?: string[]; libc?: string[] }>;

const otherPlatform = process.platform === "darwin" ? "linux" : "darwin";
const locked: Packages = {
  "": {},
  "node_modules/node": { version: "24.0.0", integrity: "sha512-a" },
  "node_modules/hono": { version: "4.0.0", integrity: "sha512-b" },
  "node_modules/binary-ours": { version: "1.0.0", optional: true, os: [process.platform], cpu: [process.arch] },
  "node_modules/binary-other": { version: "1.0.0", optional: true, os: [otherPlatform], cpu: [process.arch] },
  "node_modules/binary-musl-or-not": { version: "1.0.0", optional: true, os: [process.platform], cpu: [process.arch], libc: ["musl"] },
};
const { "": _project, "node_modules/binary-other": _other, "node_modules/binary-musl-or-not": _musl, ...installed } = locked;

/** What the script was given, for the tests to look at. */
const echo = `console.log(JSON.stringify({
  argv: process.argv.slice(2),
  firstInPath: process.env.PATH.split(":")[0],
  cf: process.env.CLOUDFLARE_CF_FETCH_ENABLED,
  metrics: process.env.WRANGLER_SEND_METRICS,
  projectNode: process.env.PROJECT_NODE,
}));
process.exit(7);`;

/** A clone of a project in a directory of its own, with an `npm` that installs what the lock file says. */
async function clone(script = echo) {
  const root = await mkdtemp(join(tmpdir(), "dipswitch-clone-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const modules = join(root, "node_modules");
  await mkdir(join(root, "scripts"));
  await copyFile(resolve(import.meta.dirname, "../../scripts/with-dependencies.mjs"), join(root, "scripts/with-dependencies.mjs"));
  await writeFile(join(root, "script.ts"), script);
  await writeFile(join(root, "package-lock.json"), JSON.stringify({ packages: locked }));
  await writeFile(join(root, "installed.json"), JSON.stringify({ packages: installed }));
  await installCommand(join(root, "node-of-the-project"), `PROJECT_NODE=yes exec "${process.execPath}" "$@"`);
  await installCommand(
    join(root, "bin/npm"),
    `echo "npm $*" >> "${root}/npm.log"
     [ -n "$NPM_FAILS" ] && { echo "npm error E404" >&2; exit "$NPM_FAILS"; }
     echo "added 3 packages"
     mkdir -p "${modules}/node/bin" && cp "${root}/node-of-the-project" "${modules}/node/bin/node" && cp "${root}/installed.json" "${modules}/.package-lock.json"`,
  );
  const env = { ...process.env, PATH: [join(root, "bin"), process.env.PATH].join(delimiter) };
  return {
    modules,
    install: async (packages: Packages | string = installed) => {
      await installCommand(join(modules, "node/bin/node"), await readFile(join(root, "node-of-the-project"), "utf8"));
      await writeFile(join(modules, ".package-lock.json"), typeof packages === "string" ? packages : JSON.stringify({ packages }));
    },
    npmCalls: () => readFile(join(root, "npm.log"), "utf8").catch(() => ""),
    start: (variables: Record<string, string> = {}, nodeOptions: string[] = []) =>
      start([process.execPath, ...nodeOptions, "scripts/with-dependencies.mjs", "script.ts", "first", "second one"], { ...env, ...variables }, root),
  };
}

describe("with-dependencies", () => {
  it("installs what is missing, and runs the script with the project's own Node", async () => {
    const project = await clone();
    const { exitCode, stdout } = await project.start().ended;
    expect(await project.npmCalls()).toBe("npm ci --include=dev --no-audit --no-fund --loglevel=error\n");
    expect(exitCode).toBe(7);
    expect(JSON.parse(stdout)).toEqual({
      argv: ["first", "second one"],
      firstInPath: join(project.modules, ".bin"),
      cf: "false",
      metrics: "false",
      projectNode: "yes",
    });
  });

  it("installs nothing when node_modules is what the lock file says, other platforms' binaries aside", async () => {
    const project = await clone();
    await project.install();
    expect((await project.start().ended).exitCode).toBe(7);
    expect(await project.npmCalls()).toBe("");
  });

  const { "node_modules/hono": _hono, ...withoutHono } = installed;
  const { "node_modules/binary-ours": _binary, ...withoutBinary } = installed;
  it.each<[string, Packages | string]>([
    ["another version of a package", { ...installed, "node_modules/hono": { version: "3.9.0", integrity: "sha512-b" } }],
    ["another content of a package", { ...installed, "node_modules/hono": { version: "4.0.0", integrity: "sha512-c" } }],
    ["a package too few", withoutHono],
    ["a package too many", { ...installed, "node_modules/left-over": { version: "1.0.0" } }],
    ["no binary for this machine", withoutBinary],
    ["a lock file that was cut short", '{"packages": {'],
  ])("installs again where node_modules has %s", async (_, packages) => {
    const project = await clone();
    await project.install(packages);
    expect((await project.start().ended).exitCode).toBe(7);
    expect(await project.npmCalls()).toContain("npm ci");
  });

  it("installs again where the project's Node is gone", async () => {
    const project = await clone();
    await project.install();
    await rm(join(project.modules, "node"), { recursive: true });
    expect((await project.start().ended).exitCode).toBe(7);
    expect(await project.npmCalls()).toContain("npm ci");
  });

  it("shows npm's error and ends with its exit code, without running the script", async () => {
    const project = await clone();
    const { exitCode, stdout, stderr } = await project.start({ NPM_FAILS: "3" }).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });
    expect(stderr).toContain("npm error E404\nnpm ci failed.\n");
  });

  it("says in one line that Node is too old", async () => {
    const project = await clone();
    const older = 'Object.defineProperty(process, "versions", { value: { node: "18.19.0" } });';
    const { exitCode, stderr } = await project.start({}, ["--import", `data:text/javascript,${encodeURIComponent(older)}`]).ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "Node 20 or later is needed; this is Node 18.19.0.\n" });
  });
});

describe("with-dependencies, when it is interrupted,", () => {
  /** Says which signals it gets, and ends on SIGTERM. */
  const listening = `for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {
    console.log(signal);
    if (signal === "SIGTERM") process.exit(5);
  });
  console.log("ready");
  setInterval(() => {}, 1000);`;

  it("passes a Ctrl-C on once, though the terminal and npm each send one, and ends as the script ends", async () => {
    const project = await clone(listening);
    await project.install();
    const { child, written, ended } = project.start();
    await vi.waitUntil(() => written.stdout.includes("ready"), { timeout: 20_000 });
    // The terminal's goes to the whole group, npm's to the process.
    process.kill(-(child.pid ?? 0), "SIGINT");
    await vi.waitUntil(() => written.stdout.includes("SIGINT"), { timeout: 20_000, interval: 5 });
    child.kill("SIGINT");
    child.kill("SIGTERM");
    const { exitCode, stdout } = await ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: "ready\nSIGINT\nSIGTERM\n" });
  });

  it("ends with 128 + the signal that ended the script", async () => {
    const project = await clone('console.log("ready"); setInterval(() => {}, 1000);');
    await project.install();
    const { child, written, ended } = project.start();
    await vi.waitUntil(() => written.stdout.includes("ready"), { timeout: 20_000 });
    child.kill("SIGTERM");
    expect((await ended).exitCode).toBe(128 + 15);
  });

  it("leaves no process behind that the script started", async () => {
    const project = await clone(`import { spawn } from "node:child_process";
      spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: ["ignore", "inherit", "inherit"] }).unref();
      process.exit(4);`);
    await project.install();
    // It has our output too: this comes to an end only when it does.
    expect((await project.start().ended).exitCode).toBe(4);
  });
});
