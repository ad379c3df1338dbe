/** The shape of a look-up's answer, as every system here gives it except the gateway, which has its own. */
export type PublisherCall = { name: string; requestSid: string; result: unknown };

export function newInvocationSid(): string {
  return `XR${crypto.randomUUID().replaceAll("-", "")}`;
}

export function buildEnvelope(phoneNumber: string, calls: readonly PublisherCall[]): object {
  const results = calls.map(
    ({ name, requestSid, result }) =>
      [name, { request_sid: requestSid, status: "successful", message: null, code: null, result }] as const,
  );
  return {
    caller_name: null,
    country_code: "US",
    phone_number: phoneNumber,
    national_format: "(877) 889-4546",
    carrier: null,
    add_ons: { status: "successful", message: null, code: null, results: Object.fromEntries(results) },
    url: `http://127.0.0.1/v1/PhoneNumbers/${phoneNumber}`,
  };
}
