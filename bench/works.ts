import { z } from "zod";

/** What every system is asked to do, by name. */
export const works = {
  "lookup-1": { kind: "lookup", addOnCount: 1 },
  "lookup-3": { kind: "lookup", addOnCount: 3 },
  "lookup-5": { kind: "lookup", addOnCount: 5 },
  "message-0": { kind: "message", addOnCount: 0 },
  "message-1": { kind: "message", addOnCount: 1 },
  "message-3": { kind: "message", addOnCount: 3 },
} as const;

export type Work = keyof typeof works;

export const workNames: readonly Work[] = ["lookup-1", "lookup-3", "lookup-5", "message-0", "message-1", "message-3"];

/** How often one request makes a system call the developer's webhook. */
export function webhookCallsOf(work: Work): number {
  return works[work].kind === "message" ? 1 : 0;
}

export const httpRequest = z.object({
  method: z.enum(["GET", "POST", "PUT"]),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  /** May hold the mark of message-sid.ts: then whoever sends it puts a SID of its own in its place. */
  body: z.string().optional(),
});

export type HttpRequest = z.infer<typeof httpRequest>;

/** Credentials for a system that reads none: as long as real ones. */
export const anyone = { sid: `AC${"0".repeat(32)}`, auth_token: "0".repeat(32) };
