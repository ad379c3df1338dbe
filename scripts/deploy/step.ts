/** Does one step of a deployment and says so. */
export type Step = <T>(label: string, work: () => Promise<T>) => Promise<T>;

/** Prints a line for each step that is over, with its time and whether it created something. */
export function stepsOn(print: (line: string) => void): Step {
  return async (label, work) => {
    const startedAtMs = performance.now();
    const time = () => `(${((performance.now() - startedAtMs) / 1000).toFixed(1)} s)`;
    try {
      const result = await work();
      print(`✓ ${label}${result === "created" ? ": created" : ""} ${time()}`);
      return result;
    } catch (error) {
      print(`✗ ${label} ${time()}`);
      throw error;
    }
  };
}
