import { hexOf } from "../../domain/bytes.ts";
import { channelKey, type OfRecording } from "../../domain/recording/keys.ts";
import { monoWavOf, type MonoWav } from "../../domain/recording/mono-wav.ts";
import type { RecordingAudio } from "../../domain/recording/recording-order.ts";
import { ChannelSplitter } from "../../domain/recording/split.ts";
import type { WavFormat } from "../../domain/recording/wav-format.ts";

/** A two-channel WAV file in R2, and where its audio is. */
export type TwoChannels = OfRecording & { key: string; format: WavFormat; dataOffset: number; dataBytes: number; frames: number };

/** Ours: large enough that a read costs little, small enough that none holds up the isolate. */
const READ_BYTES = 256 * 1024;

/**
 * Writes each channel as an object of its own, with a size and hash that are known before it is sent: then every dispatch is a native pipe
 * that can be signed. Reads the recording once; holds one read of it.
 */
export async function splitAudio(bucket: R2Bucket, recording: TwoChannels): Promise<readonly [RecordingAudio, RecordingAudio]> {
  const { key, format, dataOffset, dataBytes, frames } = recording;
  const object = await bucket.get(key, { range: { offset: dataOffset, length: dataBytes } });
  if (object === null) throw new Error(`${key} is not in R2`);
  const mono = monoWavOf(format, frames);
  const [left, right] = [channelWriter(bucket, recording, 1, mono), channelWriter(bucket, recording, 2, mono)];
  try {
    await separate(object.body, new ChannelSplitter(format), left, right);
    return await Promise.all([left.end(), right.end()]);
  } catch (error) {
    await Promise.all([left.abandon(error), right.abandon(error)]);
    throw error;
  }
}

async function separate(body: ReadableStream, splitter: ChannelSplitter, left: ChannelWriter, right: ChannelWriter): Promise<void> {
  const reader = body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(READ_BYTES);
  for (;;) {
    const { done, value } = await reader.readAtLeast(READ_BYTES, new Uint8Array(buffer));
    if (value === undefined || value.byteLength === 0) break;
    const channels = splitter.push(value);
    await Promise.all([left.write(channels.left), right.write(channels.right)]);
    if (done) break;
    buffer = value.buffer;
  }
  if (!splitter.isAtFrameEnd) throw new Error("the audio ends within a frame");
}

type ChannelWriter = {
  write(samples: Uint8Array): Promise<void>;
  end(): Promise<RecordingAudio>;
  /** Nothing is kept of it. */
  abandon(reason: unknown): Promise<void>;
};

function channelWriter(bucket: R2Bucket, recording: TwoChannels, channel: 1 | 2, mono: MonoWav): ChannelWriter {
  const key = channelKey(recording, channel);
  const mediaType = "audio/x-wav";
  const { readable, writable } = new FixedLengthStream(mono.sizeBytes);
  const stored = bucket.put(key, readable, { httpMetadata: { contentType: mediaType } });
  const digest = new crypto.DigestStream("SHA-256");
  const outputs = [writable.getWriter(), digest.getWriter()];
  const both = async (bytes: Uint8Array): Promise<void> => void (await Promise.all(outputs.map((output) => output.write(bytes))));
  let hasBegun = false;
  const write = async (samples: Uint8Array): Promise<void> => {
    if (!hasBegun) await both(mono.header);
    hasBegun = true;
    if (samples.byteLength > 0) await both(samples);
  };
  return {
    write,
    async end() {
      if (mono.padding.byteLength > 0) await both(mono.padding);
      await Promise.all(outputs.map((output) => output.close()));
      await stored;
      return { key, sizeBytes: mono.sizeBytes, sha256: hexOf(new Uint8Array(await digest.digest)), mediaType, channels: 1 };
    },
    async abandon(reason) {
      await Promise.allSettled([...outputs.map((output) => output.abort(reason)), stored, digest.digest]);
    },
  };
}
