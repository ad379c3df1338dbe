import { realpathSync, writeFileSync } from "node:fs";

/**
 * Makes `two-channels.wav`, the recording of a call: on the first channel somebody speaks and then presses 1590*, on the second somebody presses
 * 2684# and then speaks. The same bytes each time: `npx node examples/audio/generate.ts`.
 */
const rateHz = 8_000;
const durationMs = 5_500;
const rowsHz = [697, 770, 852, 941];
const columnsHz = [1209, 1336, 1477, 1633];
const layout = "123A456B789C*0#D";

type Channel = Float64Array;

export function twoChannels(): Buffer {
  const caller = channel(1);
  speak(caller, { fromMs: 200, toMs: 1_500, pitchHz: 110 });
  press(caller, "1590*", { fromMs: 2_200, toneMs: 100, pauseMs: 90, amplitude: 0.2 });
  const callee = channel(2);
  press(callee, "2684#", { fromMs: 500, toneMs: 70, pauseMs: 60, amplitude: 0.12 });
  speak(callee, { fromMs: 3_000, toMs: 4_700, pitchHz: 190 });
  return wav([caller, callee]);
}

/** A line with nothing on it but its noise, some −56 dBFS. */
function channel(seed: number): Channel {
  const random = randomFrom(seed);
  return new Float64Array((durationMs * rateHz) / 1_000).map(() => 0.0055 * (random() - 0.5));
}

function press(to: Channel, digits: string, { fromMs, toneMs, pauseMs, amplitude }: Record<"fromMs" | "toneMs" | "pauseMs" | "amplitude", number>): void {
  for (const [place, digit] of Array.from(digits).entries()) {
    const key = layout.indexOf(digit);
    const rowHz = rowsHz[Math.floor(key / 4)] ?? 0;
    const columnHz = columnsHz[key % 4] ?? 0;
    const first = ((fromMs + place * (toneMs + pauseMs)) * rateHz) / 1_000;
    for (let index = 0; index < (toneMs * rateHz) / 1_000; index += 1) {
      const time = (2 * Math.PI * index) / rateHz;
      to[first + index] = (to[first + index] ?? 0) + amplitude * (Math.sin(rowHz * time) + Math.sin(columnHz * time));
    }
  }
}

/** No words, but a voice: pulses of a pitch through the two lowest resonances of vowels, four syllables a second. */
function speak(to: Channel, { fromMs, toMs, pitchHz }: Record<"fromMs" | "toMs" | "pitchHz", number>): void {
  const vowels = [[730, 1_090], [270, 2_290], [570, 840], [300, 870], [530, 1_840]];
  const first = (fromMs * rateHz) / 1_000;
  const syllable = rateHz / 4;
  const states = [[0, 0], [0, 0]];
  let phase = 0;
  for (let index = 0; index < ((toMs - fromMs) * rateHz) / 1_000; index += 1) {
    const inSyllable = (index % syllable) / syllable;
    phase += (pitchHz * (1.1 - 0.2 * inSyllable)) / rateHz;
    const pulse = phase >= 1 ? 1 : 0;
    phase %= 1;
    const formants = vowels[Math.floor(index / syllable) % vowels.length] ?? [];
    const sound = formants.reduce((sum, formantHz, place) => sum + resonate(states[place] ?? [], formantHz, pulse), 0);
    to[first + index] = (to[first + index] ?? 0) + 0.05 * Math.sin(Math.PI * inSyllable) * sound;
  }
}

function resonate(state: number[], formantHz: number, input: number): number {
  const [last = 0, lastButOne = 0] = state;
  const radius = 0.97;
  state[0] = input + 2 * radius * Math.cos((2 * Math.PI * formantHz) / rateHz) * last - radius * radius * lastButOne;
  state[1] = last;
  return state[0];
}

function wav(channels: readonly Channel[]): Buffer {
  const samples = channels[0]?.length ?? 0;
  const frameBytes = 2 * channels.length;
  const file = Buffer.alloc(44 + samples * frameBytes);
  file.write("RIFF", 0, "latin1");
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8, "latin1");
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels.length, 22);
  file.writeUInt32LE(rateHz, 24);
  file.writeUInt32LE(rateHz * frameBytes, 28);
  file.writeUInt16LE(frameBytes, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36, "latin1");
  file.writeUInt32LE(samples * frameBytes, 40);
  for (const [place, channelSamples] of channels.entries()) {
    for (const [index, sample] of channelSamples.entries()) {
      file.writeInt16LE(Math.round(32_767 * Math.max(-1, Math.min(1, sample))), 44 + index * frameBytes + 2 * place);
    }
  }
  return file;
}

/** A linear congruential generator, so that the noise is the same each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  writeFileSync(new URL("./two-channels.wav", import.meta.url), twoChannels());
}
