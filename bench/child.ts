/** A process of the benchmark's own, called over its IPC channel: one request, one reply. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { z } from "zod";

const callMessage = z.object({ id: z.number(), name: z.string(), input: z.unknown().optional() });
const replyMessage = z.object({ id: z.number(), value: z.unknown().optional(), error: z.string().optional() });

const stopMaxMs = 10_000;

export type Child = {
  /** The reply is data from another process: parse it. */
  call(name: string, input?: unknown): Promise<unknown>;
  stop(): Promise<void>;
};

export function startChild(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const label = [basename(file, ".ts"), ...args].join(" ");
  const child = fork(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"], env: { ...process.env, ...env } });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  child.on("message", (message) => {
    const reply = replyMessage.parse(message);
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error === undefined) call?.resolve(reply.value);
    else call?.reject(new Error(`${label}: ${reply.error}`));
  });
  child.on("exit", (code, signal) => {
    for (const call of waiting.values()) call.reject(new Error(`${label} ended with ${code ?? signal}`));
    waiting.clear();
  });
  return {
    call: (name, input) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        child.send({ id: lastId, name, input }, (error) => error !== null && reject(error));
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const timer = setTimeout(() => child.kill("SIGKILL"), stopMaxMs);
      child.disconnect();
      await once(child, "exit");
      clearTimeout(timer);
    },
  };
}

type Handler = (input: unknown) => unknown;

/** The child's side. The process ends when its parent goes away, however that happened. */
export function serveCalls(handlers: Record<string, Handler>, stop: () => unknown = () => undefined): void {
  process.on("message", (message) => {
    const { id, name, input } = callMessage.parse(message);
    const answer = async () => {
      const handler = handlers[name];
      if (handler === undefined) throw new Error(`no call named ${name}`);
      return handler(input);
    };
    answer().then(
      (value) => process.send?.({ id, value }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on("disconnect", () => void Promise.resolve(stop()).finally(() => process.exit(0)));
  // Ctrl-C reaches the whole group; the parent ends its children in its own order.
  process.on("SIGINT", () => undefined);
}
