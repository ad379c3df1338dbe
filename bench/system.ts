import type { HttpRequest, Work } from "./works.ts";

/** In the order of the report; each has a file of its name in `systems/`. */
export const systemNames = ["dipswitch", "bare", "proxy", "portkey", "fastify", "hono-node"] as const;

export type SystemName = (typeof systemNames)[number];

export type SystemOptions = {
  port: number;
  publisherUrl: string;
  /** The developer's, told of every incoming message. */
  webhookUrl: string;
  /** A directory of this run, removed after it. */
  stateDir: string;
};

export type System = {
  url: string;
  /** Nothing when the system cannot do this work. */
  request(work: Work): HttpRequest | undefined;
  /** Throws when the body of a 2xx is not the right answer. */
  check(work: Work, body: string): void;
  /** Waits until everything that the load left behind (messages, rows on their way) is done: the next system gets an idle machine. */
  settle?(): Promise<void>;
  /** Throws unless the system's own books agree with the number of answers that the load generator counted. */
  audit?(answeredCounts: Record<Work, number>): Promise<void>;
  stop(): Promise<void>;
};

export type StartSystem = (options: SystemOptions) => Promise<System>;
