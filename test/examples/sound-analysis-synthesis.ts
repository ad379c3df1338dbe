/** The eight tones and sixteen keys of ITU-T Q.23, written down here once more: what is tested must not also be what it is tested with. */
const tonesOfKeys: Readonly<Record<string, readonly [number, number]>> = {
  "1": [697, 1209], "2": [697, 1336], "3": [697, 1477], A: [697, 1633],
  "4": [770, 1209], "5": [770, 1336], "6": [770, 1477], B: [770, 1633],
  "7": [852, 1209], "8": [852, 1336], "9": [852, 1477], C: [852, 1633],
  "*": [941, 1209], "0": [941, 1336], "#": [941, 1477], D: [941, 1633],
};

export const sampleRates = [8_000, 11_025, 16_000, 22_050, 44_100, 48_000];

export type Sine = { frequencyHz: number; amplitude: number };

/** A sound of a known length in seconds, from −1 to 1. */
export type Sound = (rateHz: number) => number[];

export function silence(ms: number): Sound {
  return sines([], ms);
}

export function sines(parts: readonly Sine[], ms: number): Sound {
  return (rateHz) =>
    Array.from({ length: Math.round((ms * rateHz) / 1_000) }, (_, index) =>
      parts.reduce((sum, { frequencyHz, amplitude }) => sum + amplitude * Math.sin((2 * Math.PI * frequencyHz * index) / rateHz), 0),
    );
}

export type Press = { ms?: number; amplitude?: number; twistDb?: number; detuning?: number };

/** @param twistDb how far the column is above the row; `amplitude` is that of the louder one. `detuning` is a part of the frequency. */
export function key(digit: string, { ms = 60, amplitude = 0.25, twistDb = 0, detuning = 0 }: Press = {}): Sound {
  const [rowHz, columnHz] = tonesOfKeys[digit] ?? [0, 0];
  if (rowHz === 0) throw new Error(`no key ${digit}`);
  return sines(
    [
      { frequencyHz: rowHz * (1 + detuning), amplitude: amplitude * 10 ** (Math.min(0, -twistDb) / 20) },
      { frequencyHz: columnHz * (1 + detuning), amplitude: amplitude * 10 ** (Math.min(0, twistDb) / 20) },
    ],
    ms,
  );
}

/** Keys with pauses between, before and after. */
export function keys(digits: string, { pauseMs = 60, ...press }: Press & { pauseMs?: number } = {}): Sound {
  return sequence(silence(pauseMs), ...Array.from(digits).flatMap((digit) => [key(digit, press), silence(pauseMs)]));
}

export function sequence(...sounds: readonly Sound[]): Sound {
  return (rateHz) => sounds.flatMap((sound) => sound(rateHz));
}

/** Adds white noise that is so many dB below what `sound` has while it sounds. */
export function withNoise(sound: Sound, snrDb: number, seed: number): Sound {
  return (rateHz) => {
    const samples = sound(rateHz);
    const sounding = samples.filter((sample) => sample !== 0);
    const rms = Math.sqrt(sounding.reduce((sum, sample) => sum + sample * sample, 0) / sounding.length);
    const gaussian = noise(seed);
    return samples.map((sample) => sample + gaussian() * rms * 10 ** (-snrDb / 20));
  };
}

/** Normal numbers of variance 1 from a seed. */
export function noise(seed: number): () => number {
  const random = randomFrom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Numbers from 0 to 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Something like a voice: glottal pulses of a wandering pitch through the resonances of vowels, now and then the hiss of a consonant, in syllables.
 */
export function voice(ms: number, seed: number, pitchHz = 120): Sound {
  return (rateHz) => {
    const random = randomFrom(seed);
    const hiss = noise(seed + 1);
    const vowels = [[730, 1_090, 2_440], [270, 2_290, 3_010], [570, 840, 2_410], [660, 1_720, 2_410], [300, 870, 2_240], [640, 1_190, 2_390], [700, 1_220, 2_600]];
    const samples: number[] = [];
    while (samples.length < (ms * rateHz) / 1_000) {
      const length = Math.round(rateHz * (0.12 + 0.2 * random()));
      const hissing = Math.round(length * 0.2);
      const pitch = pitchHz * (0.8 + 0.5 * random());
      const glide = 0.3 * (random() - 0.5);
      const resonators = (vowels[Math.floor(random() * vowels.length)] ?? []).map((formantHz) => resonator(formantHz, rateHz));
      let phase = 0;
      for (let index = 0; index < length; index += 1) {
        if (index < hissing) samples.push(0.02 * hiss());
        else {
          phase += (pitch * (1 + (glide * index) / length)) / rateHz;
          const pulse = phase >= 1 ? 1 : 0;
          phase %= 1;
          const envelope = Math.sin((Math.PI * (index - hissing)) / (length - hissing));
          samples.push(envelope * resonators.reduce((sum, resonate) => sum + resonate(pulse), 0));
        }
      }
    }
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    return samples.slice(0, Math.round((ms * rateHz) / 1_000)).map((sample) => (0.5 * sample) / loudest);
  };
}

function resonator(formantHz: number, rateHz: number): (input: number) => number {
  const radius = Math.exp((-Math.PI * 80) / rateHz);
  let last = 0;
  let lastButOne = 0;
  return (input) => {
    const output = input + 2 * radius * Math.cos((2 * Math.PI * formantHz) / rateHz) * last - radius * radius * lastButOne;
    [last, lastButOne] = [output, last];
    return output;
  };
}
