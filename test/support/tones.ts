import { wav } from "./wav.ts";

/** A WAV file of 16 bits with a tone in each channel. */
export function toneWav(hertz: readonly number[], seconds = 2, sampleRate = 8_000): Buffer<ArrayBuffer> {
  const file = wav({ channels: hertz.length, seconds, sampleRate });
  for (let frame = 0; frame < seconds * sampleRate; frame++) {
    for (const [channel, frequency] of hertz.entries()) {
      // Not from zero, so that every rise through zero is between two samples.
      const sample = Math.round(10_000 * Math.sin((2 * Math.PI * frequency * frame) / sampleRate + 0.1));
      file.writeInt16LE(sample, 44 + (frame * hertz.length + channel) * 2);
    }
  }
  return file;
}

/** The tone in a mono WAV file of 16 bits, told by how often its wave rises through zero; its header is believed. */
export function hertzOf(file: Buffer): number {
  if (file.readUInt16LE(22) !== 1 || file.readUInt16LE(34) !== 16) throw new Error("not a mono file of 16 bits");
  const samples = Array.from({ length: file.readUInt32LE(40) / 2 }, (_, index) => file.readInt16LE(44 + index * 2));
  const rises = samples.filter((sample, index) => index > 0 && (samples[index - 1] ?? 0) < 0 && sample >= 0).length;
  return Math.round((rises * file.readUInt32LE(24)) / samples.length);
}
