import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDemoState, writeDemoState } from "../../scripts/demo-state.ts";

describe("the state of a local run", () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(resolve(tmpdir(), "dipswitch-state-"))));
  afterAll(() => rm(folder, { recursive: true }));

  it("is found again as it was written", async () => {
    const stateDir = resolve(folder, "kept");
    const begun = await readDemoState(stateDir, 8788);
    await writeDemoState(stateDir, begun);
    expect(await readDemoState(stateDir, 9999)).toEqual(begun);
  });

  it("of an earlier version gets the secrets that it did not have, and keeps its own", async () => {
    const stateDir = resolve(folder, "earlier");
    const { message_sentiment_key: _, ...earlier } = await readDemoState(stateDir, 8788);
    await writeFile(resolve(stateDir, "secrets.json"), JSON.stringify(earlier));
    expect(await readDemoState(stateDir, 9999)).toEqual({ ...earlier, message_sentiment_key: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });
});
