import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorization, startGateway, type Login, type TestGateway } from "../support/gateway.ts";

describe("the public URL", () => {
  const PUBLIC_URL = "http://gateway.example:8080";
  let gateway: TestGateway;
  let account: Login;

  beforeAll(async () => {
    gateway = await startGateway({ PUBLIC_URL });
    account = await gateway.account("Developer");
  });
  afterAll(() => gateway.stop());

  it.each(["/v1/PhoneNumbers/+18778894546", "/v1/AvailableAddOns", "/v1/InstalledAddOns", "/v1/Publisher/AddOns", "/v1/Invocations", "/nowhere", "/v1/InstalledAddOns?PageSize=2000"])(
    "is the origin of every absolute URL in the answer to %s, whatever the Host header says",
    async (path) => {
      const spoofed = { Host: "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", Forwarded: "host=evil.example" };
      const text = await getText(gateway.url + path, { ...authorization(account), ...spoofed });
      expect(text).toContain(`"${PUBLIC_URL}/`);
      expect(text).not.toContain("evil.example");
      expect(text).not.toContain(gateway.url);
    },
  );

  it("is in every page's URL, with the path that the list has under /v1", async () => {
    const { body } = await gateway.call<{ meta: { first_page_url: string } }>(account, "GET", "/marketplace/InstalledAddOns/?PageSize=5");
    expect(body.meta.first_page_url).toBe(`${PUBLIC_URL}/v1/InstalledAddOns?PageSize=5&Page=0`);
  });
});

/** With headers that `fetch` does not let a caller set. */
function getText(url: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => resolve(Buffer.concat(chunks).toString()));
    });
    sending.on("error", reject);
    sending.end();
  });
}
