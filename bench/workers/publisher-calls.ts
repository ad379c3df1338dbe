import { newInvocationSid, type PublisherCall } from "../envelope.ts";

async function callPublisher(publisherUrl: string, phoneNumber: string, name: string): Promise<PublisherCall> {
  const requestSid = newInvocationSid();
  const response = await fetch(publisherUrl, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: `e164=${encodeURIComponent(phoneNumber)}&id=${requestSid}`,
  });
  if (!response.ok) throw new Error(`publisher answered ${response.status}`);
  return { name, requestSid, result: await response.json() };
}

/** One call for each add-on, all together. */
export function callPublishers(publisherUrl: string, phoneNumber: string, names: readonly string[]): Promise<PublisherCall[]> {
  return Promise.all(names.map((name) => callPublisher(publisherUrl, phoneNumber, name)));
}
