/** 0 dBFS is the largest number that a sample can be; a sine that reaches it has −3.01 dBFS RMS. Silence has no level. */
export function dbfs(amplitude: number): number | null {
  return amplitude === 0 ? null : Math.round(2_000 * Math.log10(amplitude)) / 100;
}

export class Level {
  #squares = 0;
  #samples = 0;
  #peak = 0;

  add(sample: number): void {
    this.#squares += sample * sample;
    this.#samples += 1;
    this.#peak = Math.max(this.#peak, Math.abs(sample));
  }

  get samples(): number {
    return this.#samples;
  }

  get rmsDbfs(): number | null {
    return dbfs(Math.sqrt(this.#squares / Math.max(1, this.#samples)));
  }

  get peakDbfs(): number | null {
    return dbfs(this.#peak);
  }
}
