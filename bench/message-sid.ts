import { randomBytes } from "node:crypto";

/**
 * Stands for the message's SID in a request's body. Every request that is sent needs one of its own, since the same
 * message a second time is answered without any call.
 */
export const messageSidMark = `SM${"_".repeat(32)}`;

const ofThisProcess = randomBytes(8).toString("hex");
let madeCount = 0;

function newMessageSid(): string {
  madeCount += 1;
  return `SM${ofThisProcess}${madeCount.toString(16).padStart(16, "0")}`;
}

/** Writes the body again and again, each time about a new message; the same length every time. */
export function messageWriter(body: string): () => string {
  const parts = body.split(messageSidMark);
  return parts.length === 1 ? () => body : () => parts.join(newMessageSid());
}
