import { log } from "../platform/log.ts";

/**
 * Wake-ups for recordings. This version knows no kind of message, so every one is put back: during a deploy two versions read the
 * same queue, and the other one may know it. What nobody knows ends in the dead-letter queue, where it is kept.
 */
export function consumeDispatch(batch: MessageBatch): void {
  for (const message of batch.messages) {
    log({ event: "unknown_message", queue: batch.queue, message_id: message.id, attempts: message.attempts });
    message.retry();
  }
}
