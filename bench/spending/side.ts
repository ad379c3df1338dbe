import type { Work } from "../works.ts";

/** The same add-ons, priced and capped for one developer and free for another. */
export const sideNames = ["with", "without"] as const;

export type SideName = (typeof sideNames)[number];

/** Whose add-ons are called is all that differs, and a message's are called as a look-up's are. */
export const spendingWorks = ["lookup-1", "lookup-3", "lookup-5"] as const satisfies readonly Work[];

export type SpendingWork = (typeof spendingWorks)[number];

export type AnsweredCounts = Record<SideName, Record<SpendingWork, number>>;
