/** A sum of samples that were each turned back by the phase that a tone of one frequency has there. */
export type Phasor = { re: number; im: number };

/**
 * Goertzel's algorithm: one frequency's part of a block, for two additions and one multiplication a sample. Its phase is that of a tone which began
 * with the recording, so blocks can be added to a longer window, and a tone that is a little off the frequency shows by its turning.
 *
 * @param frequencyHz whole, so that the phase stays exact however long the recording is.
 */
export function goertzel(block: Float64Array, firstSample: number, frequencyHz: number, sampleRateHz: number): Phasor {
  const step = (2 * Math.PI * frequencyHz) / sampleRateHz;
  const coefficient = 2 * Math.cos(step);
  let last = 0;
  let lastButOne = 0;
  for (const sample of block) {
    const next = sample + coefficient * last - lastButOne;
    lastButOne = last;
    last = next;
  }
  // Seen from the block's last sample; then turned back to the recording's first.
  const re = last - lastButOne * Math.cos(step);
  const im = lastButOne * Math.sin(step);
  const cycles = ((frequencyHz * (firstSample + block.length - 1)) % sampleRateHz) / sampleRateHz;
  const cos = Math.cos(2 * Math.PI * cycles);
  const sin = Math.sin(2 * Math.PI * cycles);
  return { re: re * cos + im * sin, im: im * cos - re * sin };
}

export function power({ re, im }: Phasor): number {
  return re * re + im * im;
}

/** By how much the second is turned against the first, from −π to π. */
export function turnBetween(first: Phasor, second: Phasor): number {
  return Math.atan2(second.im * first.re - second.re * first.im, second.re * first.re + second.im * first.im);
}

/** The sum of phasors, the first as often as the first weight says, and so on. */
export function weightedSum(phasors: readonly Phasor[], weights: readonly number[]): Phasor {
  const sum = { re: 0, im: 0 };
  for (let index = 0; index < weights.length; index += 1) {
    const weight = weights[index] ?? 0;
    sum.re += weight * (phasors[index]?.re ?? 0);
    sum.im += weight * (phasors[index]?.im ?? 0);
  }
  return sum;
}
