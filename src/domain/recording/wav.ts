import { err, ok, type Result } from "../result.ts";
import { readFormat, type WavError, type WavErrorKind, type WavFormat } from "./wav-format.ts";

/** All that stands before the audio. */
export type WavHeader = {
  format: WavFormat;
  /** Where the audio begins. */
  dataOffset: number;
  /** The audio's length by the header, which may lie; 0 also while an encoder streams; null when the header says that it does not know. */
  declaredBytes: number | null;
  /** The length of all that follows its field, by the header. */
  riffBytes: number;
};

/** `more`: the same call again with at least so many first bytes; never more than `WAV_HEADER_BYTES`. */
export type WavReading = { kind: "more"; bytes: number } | { kind: "header"; header: WavHeader } | { kind: "refused"; error: WavError };

/** What a WAV file really holds. */
export type WavAudio = {
  dataOffset: number;
  /** Whole frames only: the rest of a frame that broke off is no audio. */
  dataBytes: number;
  /** Of a compressed format, blocks. */
  frames: number;
  /** At least 1; of a compressed format, by its average byte rate. */
  durationMs: number;
};

/** Ours: how far the audio may begin from the start, and how many chunks may stand before it. */
export const WAV_HEADER_BYTES = 64 * 1024;
const CHUNKS_MAX = 64;

/** Ours: what may follow the audio, such as tags. More is audio of which its header does not tell, and by which neither time nor price would go. */
const AFTER_AUDIO_BYTES = 64 * 1024;

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const DS64_BYTES = 24;
const UINT32_MAX = 0xffff_ffff;
/** What SoX writes, in whole frames, when it cannot go back to fill in the length. */
const SOX_UNKNOWN_BYTES = 0x7fff_f000;

/** EBU Tech 3306: the true 64-bit sizes of an RF64 file. */
type Sizes64 = { riffBytes: number; dataBytes: number | null };

/**
 * Reads the header of a WAV file (RIFF, or RF64 and its successor BW64) from its first bytes.
 * @param isAll whether nothing follows these bytes.
 */
export function readWavHeader(prefix: Uint8Array, isAll: boolean): WavReading {
  if (isAll && prefix.byteLength === 0) return refused("zero_length", "The audio has no bytes.");
  const reading = walk(new DataView(prefix.buffer, prefix.byteOffset, Math.min(prefix.byteLength, WAV_HEADER_BYTES)));
  if (reading.kind !== "more") return reading;
  if (reading.bytes > WAV_HEADER_BYTES) return refused("header_too_long", `The data chunk does not begin within the first ${WAV_HEADER_BYTES} bytes.`);
  return isAll ? refused("header_cut_off", `The audio ends after ${prefix.byteLength} bytes, before its data chunk begins.`) : reading;
}

function walk(view: DataView): WavReading {
  if (view.byteLength < RIFF_HEADER_BYTES) return { kind: "more", bytes: RIFF_HEADER_BYTES };
  const container = idAt(view, 0);
  const is64 = container === "RF64" || container === "BW64";
  if ((container !== "RIFF" && !is64) || idAt(view, 8) !== "WAVE") return refused("not_wav", "The audio does not begin with RIFF or RF64 and WAVE.");
  let format: WavFormat | null = null;
  let sizes: Sizes64 | null = null;
  let offset = RIFF_HEADER_BYTES;
  for (let chunks = 0; chunks < CHUNKS_MAX; chunks++) {
    const body = offset + CHUNK_HEADER_BYTES;
    if (body > view.byteLength) return { kind: "more", bytes: body };
    const id = idAt(view, offset);
    const size = view.getUint32(offset + 4, true);
    if (id === "data") return format === null ? refused("format_missing", "There is no fmt chunk before the data chunk.") : headerOf(view, body, format, sizes, is64);
    // A chunk of odd size is followed by a byte that its size does not count.
    offset = body + size + (size % 2);
    if (offset > view.byteLength) return { kind: "more", bytes: offset + CHUNK_HEADER_BYTES };
    const chunk = new DataView(view.buffer, view.byteOffset + body, size);
    if (id === "fmt ") {
      if (format !== null) return refused("format_refused", "There are two fmt chunks.");
      const read = readFormat(chunk);
      if (!read.ok) return { kind: "refused", error: read.error };
      format = read.value;
    } else if (id === "ds64" && is64) {
      if (size < DS64_BYTES) return refused("size_missing", `The ds64 chunk has ${size} bytes, but needs at least ${DS64_BYTES}.`);
      sizes = sizes64Of(chunk);
    }
  }
  return refused("header_too_long", `The data chunk is not among the first ${CHUNKS_MAX} chunks.`);
}

function headerOf(view: DataView, dataOffset: number, format: WavFormat, sizes: Sizes64 | null, is64: boolean): WavReading {
  const size = view.getUint32(dataOffset - 4, true);
  const riffSize = view.getUint32(4, true);
  const isIn64 = is64 && size === UINT32_MAX;
  if (isIn64 && sizes === null) return refused("size_missing", "The data chunk refers to a ds64 chunk for its length, but there is none before it.");
  const isUnknown = size === UINT32_MAX || size === SOX_UNKNOWN_BYTES - (SOX_UNKNOWN_BYTES % format.blockAlign);
  const declaredBytes = isIn64 && sizes !== null ? sizes.dataBytes : isUnknown ? null : size;
  const riffBytes = is64 && riffSize === UINT32_MAX && sizes !== null ? sizes.riffBytes : riffSize;
  return { kind: "header", header: { format, dataOffset, declaredBytes, riffBytes } };
}

/**
 * Measures the audio, once it is known how many bytes came. A header that promises more than that is refused, and one that knows of much
 * less; one that was written while streaming, and knows no length, is measured by what came; what follows the audio is somebody else's chunks.
 */
export function measureWav(header: WavHeader, totalBytes: number): Result<WavAudio, WavError> {
  const { format, dataOffset, declaredBytes } = header;
  const cameBytes = Math.max(0, totalBytes - dataOffset);
  if (declaredBytes !== null && declaredBytes > cameBytes) {
    return error("truncated", `The audio is cut off: its data chunk declares ${declaredBytes} bytes, but only ${cameBytes} came.`);
  }
  const audioBytes = isLengthUnknown(header, totalBytes) ? cameBytes : (declaredBytes ?? 0);
  const frames = Math.floor(audioBytes / format.blockAlign);
  if (cameBytes - audioBytes > AFTER_AUDIO_BYTES) {
    return error("size_lies", `The data chunk declares ${audioBytes} bytes, but ${cameBytes - audioBytes} more follow it; at most ${AFTER_AUDIO_BYTES} may.`);
  }
  if (frames === 0) return error("zero_length", "The data chunk holds no audio: its length is zero.");
  const dataBytes = frames * format.blockAlign;
  const seconds = format.encoding === "compressed" ? dataBytes / format.byteRate : frames / format.sampleRate;
  return ok({ dataOffset, dataBytes, frames, durationMs: Math.max(1, Math.round(seconds * 1_000)) });
}

/** A length of 0 is an encoder's that could not go back, unless the file's own size is right: then what follows are other chunks. */
function isLengthUnknown({ declaredBytes, riffBytes }: WavHeader, totalBytes: number): boolean {
  return declaredBytes === null || (declaredBytes === 0 && riffBytes + CHUNK_HEADER_BYTES !== totalBytes);
}

function sizes64Of(chunk: DataView): Sizes64 {
  const isUnknown = chunk.getUint32(8, true) === UINT32_MAX && chunk.getUint32(12, true) === UINT32_MAX;
  return { riffBytes: Number(chunk.getBigUint64(0, true)), dataBytes: isUnknown ? null : Number(chunk.getBigUint64(8, true)) };
}

const idAt = (view: DataView, offset: number): string =>
  String.fromCharCode(view.getUint8(offset), view.getUint8(offset + 1), view.getUint8(offset + 2), view.getUint8(offset + 3));

const error = (kind: WavErrorKind, detail: string): Result<never, WavError> => err({ kind, detail });
const refused = (kind: WavErrorKind, detail: string): WavReading => ({ kind: "refused", error: { kind, detail } });
