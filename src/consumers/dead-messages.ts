import type { Env } from "../env.ts";
import { recordDeadMessage } from "../platform/d1/dead-messages.ts";
import { errorOf, log } from "../platform/log.ts";

/** Wake-ups that were followed in vain, as often as wrangler.toml says: they are kept where the operator sees them and can send them again. */
export async function consumeDeadMessages(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of batch.messages) {
    try {
      await recordDeadMessage(env.DB, JSON.stringify(message.body) ?? "null", Date.now());
      log({ event: "message_dead", queue: batch.queue, message_id: message.id });
      message.ack();
    } catch (error) {
      log({ event: "dead_message_unrecorded", queue: batch.queue, message_id: message.id, ...errorOf(error) });
      message.retry({ delaySeconds: 60 });
    }
  }
}
