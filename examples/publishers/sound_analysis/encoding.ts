export type Encoding = "pcm_8" | "pcm_16" | "pcm_24" | "pcm_32" | "a_law" | "mu_law";

type Sample = { bytes: number; read: (from: Buffer, at: number) => number };

/** One sample of each encoding as a number from −1 to 1. Only 8-bit PCM is unsigned. */
export const samples: Readonly<Record<Encoding, Sample>> = {
  pcm_8: { bytes: 1, read: (from, at) => (from.readUInt8(at) - 128) / 2 ** 7 },
  pcm_16: { bytes: 2, read: (from, at) => from.readInt16LE(at) / 2 ** 15 },
  pcm_24: { bytes: 3, read: (from, at) => from.readIntLE(at, 3) / 2 ** 23 },
  pcm_32: { bytes: 4, read: (from, at) => from.readInt32LE(at) / 2 ** 31 },
  a_law: { bytes: 1, read: (from, at) => aLaw(from.readUInt8(at)) / 2 ** 15 },
  mu_law: { bytes: 1, read: (from, at) => muLaw(from.readUInt8(at)) / 2 ** 15 },
};

/** The encoding behind a WAV file's format tag: 1 is PCM, 6 A-law, 7 mu-law. */
export function encodingOf(tag: number, bits: number): Encoding | undefined {
  switch (`${tag}/${bits}`) {
    case "1/8":
      return "pcm_8";
    case "1/16":
      return "pcm_16";
    case "1/24":
      return "pcm_24";
    case "1/32":
      return "pcm_32";
    case "6/8":
      return "a_law";
    case "7/8":
      return "mu_law";
    default:
      return undefined;
  }
}

/** ITU-T G.711: a sign, three bits of exponent and four of mantissa, with every other bit inverted. The result has 16 bits. */
function aLaw(byte: number): number {
  const code = byte ^ 0x55;
  const exponent = (code & 0x70) >> 4;
  const mantissa = ((code & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return (code & 0x80) === 0 ? -magnitude : magnitude;
}

/** ITU-T G.711: as A-law, with all bits inverted and a bias of 132 instead of a linear first segment. */
function muLaw(byte: number): number {
  const code = ~byte;
  const magnitude = ((((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84;
  return (code & 0x80) === 0 ? magnitude : -magnitude;
}
