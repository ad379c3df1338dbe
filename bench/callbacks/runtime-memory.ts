/** The memory of workerd, as Linux counts it. Other systems tell no process's peak, and there the benchmark reports none. */
import { readdir, readFile, writeFile } from "node:fs/promises";

/** workerd is the only program that a side's host starts. */
export async function getRuntimePid(hostPid: number): Promise<number | undefined> {
  if (process.platform !== "linux") return undefined;
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    // A process may have ended since the list was read.
    const status = await readFile(`/proc/${entry}/status`, "utf8").catch(() => "");
    if (/^Name:\tworkerd$/m.test(status) && new RegExp(`^PPid:\t${hostPid}$`, "m").test(status)) return Number(entry);
  }
  throw new Error(`process ${hostPid} has no workerd`);
}

async function readBytes(pid: number, field: "VmRSS" | "VmHWM"): Promise<number> {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no ${field}`);
  return Number(kilobytes) * 1024;
}

/** @returns what tells by how many bytes the process's resident memory has exceeded, at most, what it is now. */
export async function watchPeak(pid: number): Promise<() => Promise<number>> {
  // From now on the kernel counts the peak anew: no sampling can miss it.
  await writeFile(`/proc/${pid}/clear_refs`, "5");
  const beforeBytes = await readBytes(pid, "VmRSS");
  return async () => (await readBytes(pid, "VmHWM")) - beforeBytes;
}
