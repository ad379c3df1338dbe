/** Every key in R2. */

/** All audio of a recording: as it came, and its channels. */
export const audioPrefix = (accountSid: string, recordingSid: string): string => `recordings/${accountSid}/${recordingSid}/`;

export const audioKey = (accountSid: string, recordingSid: string): string => `${audioPrefix(accountSid, recordingSid)}audio`;

/** Which recording: one that was deleted and is sent again has the same SID, and is another one. */
export type OfRecording = { accountSid: string; recordingSid: string; createdAtMs: number };

/** The channels of a recording that was split. */
export const channelsPrefix = ({ accountSid, recordingSid, createdAtMs }: OfRecording): string => `${audioPrefix(accountSid, recordingSid)}${createdAtMs}/`;

/** One of them, as a file of its own. */
export const channelKey = (recording: OfRecording, channel: 1 | 2): string => `${channelsPrefix(recording)}channel-${channel}`;

/** All that a publisher sent back for one invocation. */
export const callbacksPrefix = (xr: string): string => `callbacks/${xr}/`;

/** What came by callback; each attempt has a key of its own, so that none can overwrite another. */
export const callbackKey = (xr: string, attempt: string): string => `callbacks/${xr}/${attempt}`;

/** The JSON object with which a publisher refused the audio, at that attempt to send it. */
export const refusalKey = (xr: string, attempt: number): string => `callbacks/${xr}/refusal-${attempt}`;
