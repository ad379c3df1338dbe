import { utf8 } from "../domain/bytes.ts";
import { errorOf, log } from "../platform/log.ts";
import type { AppContext } from "./context.ts";

/**
 * Streams a file of lines as they are asked for. One whose source fails breaks off, so that nobody takes a part for the whole.
 * @param name of the file, without its ending: a SID or a word of ours.
 */
export function csvAnswer(c: AppContext, name: string, lines: AsyncIterable<string>): Response {
  const iterator = lines[Symbol.asyncIterator]();
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      try {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(utf8(value));
      } catch (error) {
        log({ event: "file_broken_off", request_sid: c.var.requestSid, ...errorOf(error) });
        controller.error(error);
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  };
  // Nothing is read ahead: what one request holds is one part of the file, however slow its client is.
  const body = new ReadableStream<Uint8Array>(source, { highWaterMark: 0 });
  return c.body(body, 200, { "Content-Type": "text/csv; charset=utf-8", "Content-Disposition": `attachment; filename="${name}.csv"`, "X-Content-Type-Options": "nosniff" });
}
