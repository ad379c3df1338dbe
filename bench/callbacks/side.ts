import type { HttpRequest } from "../works.ts";

/** In the order of the report; each has a file of its name here. */
export const sideNames = ["dipswitch", "bare-put"] as const;

export type SideName = (typeof sideNames)[number];

export type SideOptions = { port: number; publisherUrl: string; stateDir: string };

/** Where bodies go to: the gateway, whose publishers call back, or the bucket that stands for the least that can be done. */
export type Side = {
  url: string;
  /** What somebody else asks of the same process meanwhile. */
  lookup: HttpRequest;
  /** Requests that still need their body. Each is sent once. */
  prepare(count: number): Promise<HttpRequest[]>;
  /** Waits until all that were sent have come to their end, and throws unless it is the right one. */
  settle(sizeBytes: number): Promise<void>;
  /** Deletes what is kept of them. */
  clear(): Promise<void>;
  /** Throws unless the side's own books agree with what was counted. */
  audit?(counts: { lookups: number; callbacks: number }): Promise<void>;
  stop(): Promise<void>;
};

export type StartSide = (options: SideOptions) => Promise<Side>;
