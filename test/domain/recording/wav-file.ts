/** Builds WAV files by hand, so that every field can lie. */

export type Fields = {
  formatTag: number;
  channels: number;
  sampleRate: number;
  bitsPerSample: number;
  blockAlign: number;
  byteRate: number;
};

/** A fmt chunk's fields that agree with each other, but for those that are given. */
export function fields(given: Partial<Fields> = {}): Fields {
  const { formatTag = 1, channels = 2, sampleRate = 8_000, bitsPerSample = 16 } = given;
  const blockAlign = given.blockAlign ?? (channels * Math.ceil(bitsPerSample / 8));
  return { formatTag, channels, sampleRate, bitsPerSample, blockAlign, byteRate: given.byteRate ?? sampleRate * blockAlign };
}

export const bytes = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));
export const uint16 = (value: number): number[] => [value & 0xff, value >>> 8];
export const uint32 = (value: number): number[] => [...uint16(value & 0xffff), ...uint16(value >>> 16)];
export const uint64 = (value: number): number[] => [...uint32(value % 2 ** 32), ...uint32(Math.floor(value / 2 ** 32))];
export const concat = (...parts: ArrayLike<number>[]): Uint8Array<ArrayBuffer> => Uint8Array.from(parts.flatMap((part) => Array.from(part)));

/** @param size what the chunk says of its own size. */
export const chunk = (id: string, body: ArrayLike<number>, size: number = body.length): Uint8Array<ArrayBuffer> =>
  concat(bytes(id), uint32(size), body, body.length % 2 === 1 ? [0] : []);

export const plainBody = ({ formatTag, channels, sampleRate, byteRate, blockAlign, bitsPerSample }: Fields): number[] => [
  ...uint16(formatTag), ...uint16(channels), ...uint32(sampleRate), ...uint32(byteRate), ...uint16(blockAlign), ...uint16(bitsPerSample),
];

export const fmt = (given: Partial<Fields> = {}): Uint8Array<ArrayBuffer> => chunk("fmt ", plainBody(fields(given)));

const GUID_TAIL = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];

/** WAVE_FORMAT_EXTENSIBLE with the format tag in the sub-format's GUID. */
export function extensible(given: Partial<Fields> = {}, guidTail: readonly number[] = GUID_TAIL): Uint8Array<ArrayBuffer> {
  const all = fields(given);
  return chunk("fmt ", [...plainBody({ ...all, formatTag: 0xfffe }), ...uint16(22), ...uint16(all.bitsPerSample), ...uint32(3), ...uint16(all.formatTag), ...guidTail]);
}

export const ds64 = (riffBytes: number, dataBytes: number): Uint8Array<ArrayBuffer> => chunk("ds64", [...uint64(riffBytes), ...uint64(dataBytes), ...uint64(0), ...uint32(0)]);

type Options = { id?: string; riffBytes?: number };

/** A file of the given chunks; its own size is right unless it is given. */
export function wav(chunks: ArrayLike<number>[], { id = "RIFF", riffBytes }: Options = {}): Uint8Array<ArrayBuffer> {
  const body = concat(bytes("WAVE"), ...chunks);
  return concat(bytes(id), uint32(riffBytes ?? body.byteLength), body);
}
