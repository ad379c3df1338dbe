/** The times of a recording's invocation, each with its source. A variable shortens `CALLBACK_MIN_MS` for tests. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Ours: after a server error or a broken connection the audio is sent again after these; then it has failed. */
export const DISPATCH_DELAYS_MS: readonly number[] = [5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS];
/** Ours: a publisher that takes longer to accept audio is tried again, so that it does not hold up the others for long … */
const ANSWER_MS = 30 * SECOND_MS;
/** … beside the time that the audio itself takes, at no less than 1 MB a second. Platform: a queue's consumer has 15 minutes. */
const BYTES_PER_MS = 1_000;
export const dispatchDeadlineMs = (audioBytes: number): number => ANSWER_MS + Math.ceil(audioBytes / BYTES_PER_MS);
/** Ours: what is still being sent so long after its deadline is sent by nobody any more. */
export const DISPATCH_GUARD_MS = MINUTE_MS;
/** Guide, "Callback SLA": ten times the audio's duration, unless the definition says less; ours: a minute at least. */
export const CALLBACK_TIMES_DURATION = 10;
export const CALLBACK_MIN_MS = 60 * SECOND_MS;
/** Ours: a callback whose upload has ended in time is read back within this; so long after the deadline it is said that none came. */
export const CALLBACK_READ_MS = 5 * SECOND_MS;
/** Ours: what was called back is checked within this. */
export const CALLBACK_CHECK_MS = 15 * MINUTE_MS;
/** Ours: a wake-up that nobody followed is repeated. */
export const WAKE_UP_GUARD_MS = MINUTE_MS;
/** Public documentation: results are kept for 30 days. */
export const RESULT_KEPT_MS = 30 * 24 * HOUR_MS;

/** Ours: a developer's URL is called after these, ±20 %, each from the attempt before; then the relay is a dead letter. */
export const RELAY_DELAYS_MS: readonly number[] = [0, 5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 14 * HOUR_MS, 20 * HOUR_MS, 24 * HOUR_MS];
