import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Webhook } from "standardwebhooks";
import { hmacKey } from "../../../src/domain/request/signature.ts";
import { standardWebhookHeaders } from "../../../src/domain/request/standard-webhooks.ts";

const ID = "XRc1479687aadf64c62e6ab2b6e0077a1a";
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

test("the specification's own library verifies every request, with the bytes of the auth token as its key", async () => {
  await fc.assert(
    fc.asyncProperty(fc.stringMatching(/^[0-9a-f]{32}$/), fc.oneof(fc.constant(""), fc.json(), fc.string({ unit: "grapheme" })), async (token, body) => {
      const headers = await standardWebhookHeaders(await hmacKey("SHA-256", token), { id: ID, timestampSeconds: nowSeconds(), body });
      const verify = (payload: string, secret = token): unknown => new Webhook(secret, { format: "raw" }).verify(payload, headers, { jsonParse: false });
      expect(() => verify(body)).not.toThrow();
      expect(() => verify(`${body} `)).toThrow("No matching signature");
      expect(() => verify(body, `${token}0`)).toThrow("No matching signature");
    }),
  );
});

test("the headers name the request and its time", async () => {
  const headers = await standardWebhookHeaders(await hmacKey("SHA-256", "token"), { id: ID, timestampSeconds: 1_700_000_000, body: "{}" });
  expect(headers).toEqual({ "webhook-id": ID, "webhook-timestamp": "1700000000", "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/) });
});
