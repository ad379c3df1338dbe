/** Imports nothing, since the yardstick's Worker has it in its bundle. */
export function addOnNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `bench_${index + 1}`);
}

/** The developer's numbers: how many add-ons run before the webhook is told of a message to each. */
export const addOnCountByNumber: Readonly<Record<string, number>> = {
  "+14155550120": 0,
  "+14155550121": 1,
  "+14155550123": 3,
};

export function requireNumberWith(addOnCount: number): string {
  const found = Object.entries(addOnCountByNumber).find(([, count]) => count === addOnCount);
  if (found === undefined) throw new Error(`no number with ${addOnCount} add-ons`);
  return found[0];
}
