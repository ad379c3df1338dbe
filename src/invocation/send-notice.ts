import { noticeParameters, type NoticedAlert } from "../domain/alert/notice.ts";
import { describeFailure, type WebhookAttempt } from "../domain/incoming/webhook-answer.ts";
import { sendWebhook, type SendPorts } from "./send-webhook.ts";

/** Ours: a URL that is slower is as good as dead, and is called again in the next minute. */
const NOTICE_DEADLINE_MS = 5_000;

export type NoticeOutcome = { isDelivered: boolean; status: number | null; detail: string };

/** Posts an alert to an account's AlertUrl, signed as its other webhooks are. That it fails is its caller's to know, and never an alert. */
export async function sendNotice(
  target: { url: string; signingKey: CryptoKey; publicUrl: string },
  alert: NoticedAlert,
  count: number,
  ports: SendPorts,
): Promise<NoticeOutcome> {
  const { url, signingKey, publicUrl } = target;
  const signing = { signingKey, idempotencyToken: alert.sid };
  return outcomeOf(await sendWebhook({ url, method: "POST" }, noticeParameters(alert, count, publicUrl), signing, { deadlineMs: NOTICE_DEADLINE_MS, maxBytes: 0 }, ports));
}

function outcomeOf(attempt: WebhookAttempt): NoticeOutcome {
  switch (attempt.kind) {
    case "answered":
      return { isDelivered: true, status: attempt.status, detail: `It answered with status ${attempt.status}.` };
    case "refused_status":
      return { isDelivered: false, status: attempt.status, detail: describeFailure(attempt).text };
    case "timed_out":
      return { isDelivered: false, status: null, detail: `It had not answered after ${NOTICE_DEADLINE_MS / 1_000} s.` };
    default:
      return { isDelivered: false, status: null, detail: describeFailure(attempt).text };
  }
}
