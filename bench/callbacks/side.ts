import { z } from "zod";
import { httpRequest, type HttpRequest } from "../works.ts";

/** In the order of the report; each has a file of its name here. */
export const sideNames = ["dipswitch", "bare-put"] as const;

export type SideName = (typeof sideNames)[number];

export type SideOptions = { port: number; publisherUrl: string; stateDir: string };

/** A request that still needs its body, and under what its side keeps that. */
export const prepared = z.object({ id: z.string(), request: httpRequest });

export type Prepared = z.infer<typeof prepared>;

/** Where bodies go to: the gateway, whose publishers call back, or the bucket that stands for the least that can be done. */
export type Side = {
  url: string;
  /** What somebody else asks of the same process meanwhile. */
  lookup: HttpRequest;
  /** Each is sent once. */
  prepare(count: number): Promise<Prepared[]>;
  /** Waits until what was sent has come to its end, and throws unless that is the right one. */
  settle(id: string, sizeBytes: number): Promise<void>;
  /** Deletes what is kept of it. */
  clear(id: string): Promise<void>;
  /** Throws unless the side's own books agree with what was counted. */
  audit?(counts: { lookups: number; callbacks: number }): Promise<void>;
  stop(): Promise<void>;
};

export type StartSide = (options: SideOptions) => Promise<Side>;
