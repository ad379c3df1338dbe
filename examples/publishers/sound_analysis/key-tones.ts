import { goertzel, type Phasor, power, turnBetween, weightedSum } from "./goertzel.ts";

const rowsHz = [697, 770, 852, 941];
const columnsHz = [1209, 1336, 1477, 1633];
const tonesHz = [...rowsHz, ...columnsHz];
const keys = ["123A", "456B", "789C", "*0#D"];

export const blockMs = 5;
/** A window is four blocks, its middle weighted double: that way a strong tone leaks little into its neighbours' frequencies. */
const weights = [1, 2, 2, 1];
const weightSum = weights.reduce((sum, weight) => sum + weight);
const squaredWeightSum = weights.reduce((sum, weight) => sum + weight * weight);
export const windowMs = weights.length * blockMs;

/** ITU-T Q.24: a key within 1.5 % of its frequencies is to be taken, one 3.5 % off is not. */
const maxDetuning = 0.023;
/** Q.24 takes a column 4 dB above to 8 dB below its row; noise moves what is measured by 2.5. */
const minTwistDb = -10.5;
const maxTwistDb = 6.5;
/** The two tones' part in all that sounds. Of speech and of a chord of three it is less; of a key in noise 15 dB below it is 0.97. */
const minShare = 0.75;
/** 6 dB above every other row or column. */
const minLead = 4;
/** Of each tone, −45 dBFS: well below the quietest that a telephone line lets through. */
const minPower = 10 ** (-45 / 10);

type Tone = { index: number; power: number };

/** Which key's two tones sound in the last 20 ms, asked every 5 ms. */
export class KeyTones {
  readonly #sampleRateHz: number;
  readonly #blockSamples: number;
  /** Of the last four blocks, the oldest first: each tone's phasors, and the energy of all that sounds. */
  readonly #phasors = tonesHz.map((): Phasor[] => weights.map(() => ({ re: 0, im: 0 })));
  readonly #energies = weights.map(() => 0);
  #sums = tonesHz.map((): Phasor => ({ re: 0, im: 0 }));

  constructor(sampleRateHz: number, blockSamples: number) {
    this.#sampleRateHz = sampleRateHz;
    this.#blockSamples = blockSamples;
  }

  /**
   * The key in the window that ends with this block.
   * @param energy the sum of the block's squares.
   */
  next(block: Float64Array, energy: number, firstSample: number): string | undefined {
    this.#energies.shift();
    this.#energies.push(energy);
    const before = this.#sums;
    this.#sums = this.#phasors.map((phasors, tone) => {
      phasors.shift();
      phasors.push(goertzel(block, firstSample, tonesHz[tone] ?? 0, this.#sampleRateHz));
      return weightedSum(phasors, weights);
    });

    const row = this.#loudest(rowsHz, before.slice(0, rowsHz.length), this.#sums.slice(0, rowsHz.length));
    const column = this.#loudest(columnsHz, before.slice(rowsHz.length), this.#sums.slice(rowsHz.length));
    if (row === undefined || column === undefined) return undefined;
    const twistDb = 10 * Math.log10(column.power / row.power);
    if (twistDb < minTwistDb || twistDb > maxTwistDb) return undefined;
    if (row.power + column.power < minShare * this.#totalPower()) return undefined;
    return keys[row.index]?.[column.index];
  }

  #totalPower(): number {
    const energies = this.#energies.reduce((sum, energy, index) => sum + energy * (weights[index] ?? 0) ** 2, 0);
    return energies / (this.#blockSamples * squaredWeightSum);
  }

  /** The tone of a group that stands out, if it is loud enough and near enough to its frequency; its power as the mean of its squares. */
  #loudest(groupHz: readonly number[], before: readonly Phasor[], now: readonly Phasor[]): Tone | undefined {
    const powers = now.map(power);
    const index = powers.indexOf(Math.max(...powers));
    const [loudest, frequencyHz, first, second] = [powers[index], groupHz[index], before[index], now[index]];
    if (loudest === undefined || frequencyHz === undefined || first === undefined || second === undefined) return undefined;
    const turn = turnBetween(first, second);
    const detuningHz = (turn * 1_000) / (2 * Math.PI * blockMs);
    if (Math.abs(detuningHz) > maxDetuning * frequencyHz) return undefined;
    if (powers.some((other, at) => at !== index && other * minLead > loudest)) return undefined;
    const toneLevel = (2 * loudest) / (this.#blockSamples * weightSum * gainAt(turn)) ** 2;
    return toneLevel < minPower ? undefined : { index, power: toneLevel };
  }
}

/** What the window leaves of a tone that turns by so much from block to block. */
function gainAt(turn: number): number {
  const middle = (weights.length - 1) / 2;
  const acrossBlocks = weights.reduce((sum, weight, block) => sum + weight * Math.cos((block - middle) * turn), 0) / weightSum;
  const withinBlock = turn === 0 ? 1 : Math.sin(turn / 2) / (turn / 2);
  return acrossBlocks * withinBlock;
}
