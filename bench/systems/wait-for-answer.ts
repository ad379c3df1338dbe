/** Waits until a server answers anything at all. */
export async function waitForAnswer(url: string, hasEnded: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  for (;;) {
    try {
      await (await fetch(url)).arrayBuffer();
      return;
    } catch (error) {
      if (hasEnded() || Date.now() > deadlineMs) throw new Error(`${url} does not answer`, { cause: error });
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}
