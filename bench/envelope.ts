/** The shapes of the answers, as every system here gives them except the gateway, which has its own. */
export type PublisherCall = { name: string; requestSid: string; result: unknown };

export function newInvocationSid(): string {
  return `XR${crypto.randomUUID().replaceAll("-", "")}`;
}

/** What a look-up's `add_ons` and a message's `AddOns` have in common. */
export function buildAddOns(calls: readonly PublisherCall[]): object {
  const results = calls.map(
    ({ name, requestSid, result }) =>
      [name, { request_sid: requestSid, status: "successful", message: null, code: null, result }] as const,
  );
  return { status: "successful", message: null, code: null, results: Object.fromEntries(results) };
}

export function buildEnvelope(phoneNumber: string, calls: readonly PublisherCall[]): object {
  return {
    caller_name: null,
    country_code: "US",
    phone_number: phoneNumber,
    national_format: "(877) 889-4546",
    carrier: null,
    add_ons: buildAddOns(calls),
    url: `http://127.0.0.1/v1/PhoneNumbers/${phoneNumber}`,
  };
}
