import { z } from "../domain/zod.ts";
import type { Env } from "../env.ts";
import { errorOf, log } from "../platform/log.ts";
import { gatewayOf, type Gateway } from "../wiring.ts";
import { checkCallback } from "./check-callback.ts";
import { sendAudio } from "./send-audio.ts";
import { startRecording } from "./start-recording.ts";

/** Identifiers only: whoever is woken up reads the present truth. */
const wakeUp = z.discriminatedUnion("kind", [
  z.object({ v: z.literal(1), kind: z.literal("start"), recording: z.string() }),
  z.object({ v: z.literal(1), kind: z.literal("dispatch"), xr: z.string() }),
  z.object({ v: z.literal(1), kind: z.literal("check"), xr: z.string() }),
]);

/**
 * Wake-ups for recordings. Each message is acknowledged by itself, so that one that fails repeats no other. What nobody here knows is put back:
 * during a deploy two versions read the same queue, and the other one may know it. What nobody knows ends in the dead-letter queue.
 */
export async function consumeDispatch(batch: MessageBatch, env: Env): Promise<void> {
  const gateway = gatewayOf(env);
  const known = batch.messages.map((message) => ({ message, wake: wakeUp.safeParse(message.body) }));
  // Platform: 128 MB for all of them. A check may hold a result of some megabytes, so that one comes after the other; audio is only passed on.
  const [checks, others] = [known.filter(isCheck), known.filter((one) => !isCheck(one))];
  await Promise.all([...others.map((one) => follow(gateway, one, batch.queue)), inTurn(checks, (one) => follow(gateway, one, batch.queue))]);
}

type Received = { message: Message; wake: ReturnType<typeof wakeUp.safeParse> };

const isCheck = ({ wake }: Received): boolean => wake.success && wake.data.kind === "check";

async function inTurn(received: readonly Received[], act: (one: Received) => Promise<void>): Promise<void> {
  for (const one of received) await act(one);
}

async function follow(gateway: Gateway, { message, wake: known }: Received, queue: string): Promise<void> {
  if (!known.success) {
    log({ event: "unknown_message", queue, message_id: message.id, attempts: message.attempts });
    message.retry();
    return;
  }
  try {
    if (known.data.kind === "start") await startRecording(gateway, known.data.recording);
    else if (known.data.kind === "dispatch") await sendAudio(gateway, known.data.xr);
    else await checkCallback(gateway, known.data.xr);
    message.ack();
  } catch (error) {
    log({ event: "wake_up_failed", queue, kind: known.data.kind, message_id: message.id, attempts: message.attempts, ...errorOf(error) });
    message.retry({ delaySeconds: 10 });
  }
}
