import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { IPV4_ADDRESSES, IPV6_LITERALS, spellingsOfIpv4 } from "../support/ip-literals.ts";

type Posted = { status: number; problems: { path: string; message: string }[] };

describe("a publisher's URL, where publishers are real", () => {
  let gateway: TestGateway;
  let owner: Login;
  let definitions = 0;
  beforeAll(async () => {
    gateway = await startGateway({ ALLOW_INSECURE_PUBLISHERS: "false", PUBLIC_URL: "http://gateway.dipswitch.dev" });
    owner = await gateway.account("Publisher");
  });
  afterAll(() => gateway.stop());

  async function post(url: string): Promise<Posted> {
    definitions += 1;
    const json = {
      unique_name: `url_${definitions}`,
      friendly_name: "URL",
      description: "Has a URL.",
      type: "phone_number",
      extensions: ["lookup"],
      request: { method: "GET", url },
      pricing: { model: "per_use", unit_price: "0", currency: "USD" },
    };
    const { status, body } = await gateway.call<{ details?: { problems: Posted["problems"] } }>(owner, "POST", "/v1/Publisher/AddOns", { json });
    return { status, problems: body.details?.problems ?? [] };
  }

  /** Of these hosts, those that are not refused for the URL alone. */
  async function accepted(hosts: readonly string[]): Promise<string[]> {
    const wrong: string[] = [];
    for (const host of hosts) {
      const { status, problems } = await post(`https://${host}/path?a=1`);
      if (status !== 400 || problems.length !== 1 || problems[0]?.path !== "/request/url") wrong.push(`${host}: ${status} ${JSON.stringify(problems)}`);
    }
    return wrong;
  }

  it.each(Object.entries(IPV4_ADDRESSES))("is never an IPv4 address, in any of 22 spellings: %s [security-both-sides]", async (_what, [a, b, c, d]) => {
    const spellings = spellingsOfIpv4(a, b, c, d);
    expect(new Set(spellings).size).toBeGreaterThanOrEqual(15);
    expect(await accepted(spellings)).toEqual([]);
  });

  it("is never an IPv6 address, nor an IPv4 address in one [security-both-sides]", async () => {
    expect(await accepted(IPV6_LITERALS)).toEqual([]);
  });

  it("is refused in more than 150 spellings of addresses [security-both-sides]", () => {
    const all = [...Object.values(IPV4_ADDRESSES).flatMap(([a, b, c, d]) => spellingsOfIpv4(a, b, c, d)), ...IPV6_LITERALS];
    expect(new Set(all).size).toBeGreaterThan(150);
  });

  it.each([
    { what: "a single label", hosts: ["publisher", "intranet", "com", "publisher."] },
    { what: "localhost", hosts: ["localhost", "LOCALHOST", "localhost.", "localhost:8443", "api.localhost", "localhost.localdomain", "%6cocalhost", "ⓛocalhost"] },
    { what: "a name of a local network", hosts: ["a.local", "a.internal", "metadata.google.internal", "a.lan", "a.home", "a.corp", "a.private", "a.intranet", "router.home.arpa"] },
    { what: "a name for special use", hosts: ["a.test", "a.invalid", "a.example", "a.onion", "a.alt", "1.0.0.127.in-addr.arpa"] },
    { what: "a name that ends in a number", hosts: ["a.1", "example.0x7f"] },
    { what: "an empty or impossible label", hosts: ["a..com", ".com", `${"a".repeat(64)}.com`, `${"a.".repeat(127)}com`] },
    { what: "the gateway itself", hosts: ["gateway.dipswitch.dev", "GATEWAY.DIPSWITCH.DEV", "gateway.dipswitch.dev.", "gateway.dipswitch.dev:8443", "g%61teway.dipswitch.dev", "ｇateway.dipswitch.dev"] },
    { what: "a host with user info", hosts: ["user:password@www.example.com", "user@www.example.com", "www.example.com@10.0.0.1", ":@127.0.0.1"] },
  ])("is never $what [security-both-sides]", async ({ hosts }) => {
    expect(await accepted(hosts)).toEqual([]);
  });

  it.each([
    "http://www.example.com/",
    "HTTP://www.example.com/",
    "ftp://www.example.com/",
    "ws://www.example.com/",
    "file:///etc/passwd",
    "data:application/json,{}",
    "javascript:alert(1)",
    "//www.example.com/",
    "/path",
    "www.example.com",
    "https:",
    "https://",
    "https:///path",
    "https://www.example.com:0/",
    "https://www.example.com:65536/",
    "https://www.example.com:x/",
    "https://www.exa mple.com/",
    " https://www.example.com/",
    "https://www.example.com/a\nb",
    "https:\\\\www.example.com\\",
    "https://www.example.com/\u0000",
    "https://www.exam%00ple.com/",
    `https://www.example.com/${"a".repeat(2_048)}`,
  ])("is an absolute https URL and not %j [security-tls]", async (url) => {
    expect(await post(url)).toEqual({ status: 400, problems: [{ path: "/request/url", message: expect.stringMatching(/\w{3,}/) }] });
  });

  it.each([
    "https://www.example.com/twilio_phone_number_example",
    "https://www.example.com",
    "HTTPS://API.Example.COM:8443/v1?plan=a%2Bb#part",
    "https://xn--fsqu00a.xn--0zwm56d/",
    "https://例え.jp/番号",
    "https://1.2.3.4.example.com/",
    "https://0x7f.example.com/",
    "https://127.0.0.1.nip.example.com/",
  ])("may be %s [security-tls]", async (url) => {
    expect((await post(url)).status).toBe(201);
  });
});
