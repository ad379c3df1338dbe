import type { SoundReport } from "../../examples/publishers/sound_analysis/sound-analyser.ts";
import { WavAnalysis } from "../../examples/publishers/sound_analysis/wav-analysis.ts";
import type { Sound } from "./sound-analysis-synthesis.ts";
import { wav } from "./sound-analysis-wav.ts";

type Outcome = ReturnType<WavAnalysis["end"]>;

export function outcomeOf(pieces: Iterable<Buffer>): Outcome {
  const analysis = new WavAnalysis();
  for (const piece of pieces) analysis.read(piece);
  return analysis.end();
}

export function reportOf(sound: Sound, options: Parameters<typeof wav>[1] = {}): SoundReport {
  const outcome = outcomeOf([wav(sound, options)]);
  if ("problem" in outcome) throw new Error(outcome.problem.message);
  return outcome.report;
}

export function problemOf(file: Buffer): string {
  const outcome = outcomeOf([file]);
  return "problem" in outcome ? outcome.problem.code : "none";
}
