import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import twilio from "twilio";
import { bodySha256, hmacKey, twilioSignature, verifyTwilioSignature, verifyTwilioSignatureOfBody } from "../../../src/domain/request/signature.ts";
import vectors from "../signature_vectors.json" with { type: "json" };

type Parameters = readonly (readonly [string, string])[];

/** The vectors have parameters as the official clients take them: a list for a repeated name, and null for an empty value. */
function parametersOf(params: object | null): Parameters {
  return Object.entries(params ?? {}).flatMap(([name, value]) => [value].flat().map((item) => [name, String(item ?? "")] as const));
}

describe("the published vectors", () => {
  test("there are 35", () => expect(vectors).toHaveLength(35));

  test.each(vectors)("$name", async ({ auth_token: token, url, params, body, signature, expected_valid: valid }) => {
    const key = await hmacKey("SHA-1", token);
    const isValid =
      params === null
        ? await verifyTwilioSignatureOfBody(key, signature, url, body ?? "")
        : await verifyTwilioSignature(key, signature, url, parametersOf(params));
    expect(isValid).toBe(valid);
  });

  // Those whose signer wrote the URL as it was received; we write it so too.
  const signedAsReceived = vectors.filter(({ verified_string_to_sign: text, url }) => text?.startsWith(url));
  test.each(signedAsReceived.filter(({ url }) => !url.includes(":443")))("we sign as $name", async ({ auth_token: token, url, params, signature }) => {
    expect(await twilioSignature(await hmacKey("SHA-1", token), url, parametersOf(params))).toBe(signature);
  });
});

const token = fc.stringMatching(/^[0-9a-f]{32}$/);
const text = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.constantFrom("It's", "a b+c", "ñáé", "", "+14155550100", "{\"a\":1}", "100%"));
const port = fc.constantFrom("", ":8443", ":443", ":80", ":1");
const path = fc.array(text.map(encodeURIComponent)).map((parts) => `/${parts.join("/")}`);
const query = fc.array(fc.tuple(text, text)).map((pairs) => (pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`));
/** As the gateway sends them: through the URL parser. */
const url = fc
  .tuple(fc.constantFrom("https", "http"), fc.webAuthority({ withPort: false, withUserInfo: false }), port, path, query)
  .map(([scheme, host, at, way, rest]) => new URL(`${scheme}://${host}${at}${way}${rest}`).href);
const parameters = fc.array(fc.tuple(text, text));

/** What a publisher's form parser hands to the official validator. */
function received(params: Parameters): Record<string, string | string[]> {
  const form: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of params) form[name] = name in form ? [form[name] ?? [], value].flat() : value;
  return form;
}

describe("the official validators", () => {
  test("accept every form request that we sign, and nobody else's", async () => {
    await fc.assert(
      fc.asyncProperty(token, url, parameters, async (secret, address, params) => {
        const signature = await twilioSignature(await hmacKey("SHA-1", secret), address, params);
        expect(twilio.validateRequest(secret, signature, address, received(params))).toBe(true);
        expect(twilio.validateRequest(`${secret}0`, signature, address, received(params))).toBe(false);
        expect(twilio.validateRequest(secret, signature, address, received([...params, ["extra", "1"]]))).toBe(params.some(([name, value]) => name === "extra" && value === "1"));
      }),
    );
  });

  test("accept every body whose hash stands in the URL", async () => {
    await fc.assert(
      fc.asyncProperty(token, url, fc.json(), async (secret, address, body) => {
        const withHash = `${address}${address.includes("?") ? "&" : "?"}bodySHA256=${await bodySha256(body)}`;
        const signature = await twilioSignature(await hmacKey("SHA-1", secret), withHash, []);
        expect(twilio.validateRequestWithBody(secret, signature, withHash, body)).toBe(true);
        expect(twilio.validateRequestWithBody(secret, signature, withHash, `${body} `)).toBe(false);
      }),
    );
  });

  test("accept the URL also where a proxy added or removed the scheme's own port", async () => {
    const key = await hmacKey("SHA-1", "12345");
    const signature = await twilioSignature(key, "https://www.example.com:443/a?b=c", [["x", "1"]]);
    expect(signature).toBe(await twilioSignature(key, "https://www.example.com/a?b=c", [["x", "1"]]));
    for (const address of ["https://www.example.com/a?b=c", "https://www.example.com:443/a?b=c"]) {
      expect(twilio.validateRequest("12345", signature, address, { x: "1" })).toBe(true);
    }
  });
});

describe("a request that comes in", () => {
  test("is accepted when it is signed as the official client signs, with or without its port", async () => {
    await fc.assert(
      fc.asyncProperty(token, url, parameters, async (secret, address, params) => {
        const key = await hmacKey("SHA-1", secret);
        const signature = twilio.getExpectedTwilioSignature(secret, address, received(params));
        expect(await verifyTwilioSignature(key, signature, address, params)).toBe(true);
        expect(await verifyTwilioSignature(key, signature, `${address}x`, params)).toBe(false);
        expect(await verifyTwilioSignature(await hmacKey("SHA-1", `${secret}0`), signature, address, params)).toBe(false);
      }),
    );
  });

  test.each(["", "RSOYDt4T1cUTdK1PDd93/VVr8B8", " RSOYDt4T1cUTdK1PDd93/VVr8B8=", "RSOYDt4T1cUTdK1PDd93_VVr8B8=", "RSOYDt4T1cUTdK1PDd93/VVr8B8=RSOY", "é"])(
    "is refused for the signature %j, without an exception",
    async (signature) => {
      expect(await verifyTwilioSignature(await hmacKey("SHA-1", "12345"), signature, "https://mycompany.com/myapp.php", [])).toBe(false);
    },
  );

  test("with a body is refused when the URL carries another body's hash, or none", async () => {
    const key = await hmacKey("SHA-1", "12345");
    const withHash = `https://www.example.com/?bodySHA256=${await bodySha256("{}")}`;
    const verify = async (address: string, body: string): Promise<boolean> => verifyTwilioSignatureOfBody(key, await twilioSignature(key, address, []), address, body);
    expect(await verify(withHash, "{}")).toBe(true);
    expect(await verify(withHash, "[]")).toBe(false);
    expect(await verify(withHash.slice(0, -1), "{}")).toBe(false);
    expect(await verify("https://www.example.com/", "{}")).toBe(false);
  });

  test("is refused when its URL is none", async () => {
    expect(await verifyTwilioSignatureOfBody(await hmacKey("SHA-1", "12345"), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "not a URL", "{}")).toBe(false);
  });
});

test("a body's hash is that of its UTF-8 bytes, in lower-case hex", async () => {
  expect(await bodySha256("{}")).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  expect(await bodySha256(new Uint8Array([0x7b, 0x7d]))).toBe(await bodySha256("{}"));
});
