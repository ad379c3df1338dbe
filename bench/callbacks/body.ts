/** A transcript as JSON, of any size, made as it is sent. */
const head = Buffer.from('{"language":"es-MX","words":[');
const word = Buffer.from('{"word":"mañana","channel":1,"start_ms":84120,"end_ms":84480,"confidence":0.9731},');
const [lastWordHead, tail] = [Buffer.from('{"word":"'), Buffer.from('"}]}')];
const words = Buffer.concat(Array.from({ length: Math.floor(65_536 / word.length) }, () => word));

/** One JSON object of exactly so many bytes. The last word is as long as it has to be. */
export function* bodyOf(sizeBytes: number): Generator<Buffer> {
  const wordsBytes = sizeBytes - head.length - lastWordHead.length - tail.length;
  if (wordsBytes < 0) throw new Error(`no transcript has only ${sizeBytes} bytes`);
  const wordCount = Math.floor(wordsBytes / word.length);
  yield head;
  for (let leftBytes = wordCount * word.length; leftBytes > 0; leftBytes -= words.length) {
    yield words.subarray(0, Math.min(leftBytes, words.length));
  }
  yield Buffer.concat([lastWordHead, Buffer.alloc(wordsBytes - wordCount * word.length, "a"), tail]);
}
