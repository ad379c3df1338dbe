export type Gateway = {
  /** Data is fetched from nowhere else: the credentials are for the gateway only. */
  gatewayOrigin: string;
  accountSid: string;
  authToken: string;
};

/** The webhook is answered after it, and the gateway waits 15 s for that. */
const maxMs = 10_000;
/** A payload may have 100 MB; what sound_analysis answers, 1 MB at most. */
const maxBytes = 2 * 1024 * 1024;

/**
 * A payload's data, by the URL that the relay named. The gateway redirects to a signed URL, which `fetch` follows.
 * @throws when it cannot be had, or is no JSON.
 */
export async function fetchData(url: string, { gatewayOrigin, accountSid, authToken }: Gateway): Promise<unknown> {
  if (new URL(url).origin !== gatewayOrigin) throw new Error("The data is not at the gateway.");
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  const response = await fetch(url, { headers: { authorization }, signal: AbortSignal.timeout(maxMs) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`The data was answered with ${response.status}.`);
  }
  return JSON.parse(await readText(response));
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  // Leaving the loop ends the transfer.
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) throw new Error(`The data has more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
