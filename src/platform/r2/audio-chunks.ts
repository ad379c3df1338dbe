/**
 * Fills a buffer, which is then another one's: the chunk's. Once the chunk is done with, its buffer takes the next one; a new one each time
 * would be garbage faster than it is collected.
 * @returns fewer bytes than there is room for at the end, none at all after it, and null when the rest does not come.
 */
export async function readChunk(reader: ReadableStreamBYOBReader, buffer: ArrayBuffer): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const { value } = await reader.readAtLeast(buffer.byteLength, new Uint8Array(buffer));
    return value ?? new Uint8Array();
  } catch {
    return null;
  }
}
