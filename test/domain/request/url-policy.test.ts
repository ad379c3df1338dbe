import { describe, expect, it, test } from "vitest";
import { URL_CHARACTERS } from "../../../src/domain/limits.ts";
import { refuseUrl, type UrlPolicy } from "../../../src/domain/request/url-policy.ts";

const DEPLOYED: UrlPolicy = { allowInsecure: false, ownOrigin: "https://gateway.dipswitch.dev", allowUserInfo: false };
const LOCAL: UrlPolicy = { allowInsecure: true, ownOrigin: "http://127.0.0.1:8787", allowUserInfo: false };

const LOOPBACK = ["127.0.0.1", "127.1.2.3"];
const PRIVATE = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"];
const METADATA_ANY_MULTICAST_BROADCAST = ["169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255"];
const PUBLIC = ["8.8.8.8", "203.0.113.7"];
const NOT_LOOPBACK = [...PRIVATE, ...METADATA_ANY_MULTICAST_BROADCAST, ...PUBLIC];

/** Every way to write an IPv4 address that some URL parser or resolver has been seen to take. */
const V4_SPELLINGS: [name: string, spell: (octets: number[]) => string][] = [
  ["dotted decimal", (o) => o.join(".")],
  ["with the root's dot", (o) => `${o.join(".")}.`],
  ["one decimal number", (o) => String(number(o))],
  ["one hexadecimal number", (o) => `0x${number(o).toString(16)}`],
  ["one upper-case hexadecimal number", (o) => `0X${number(o).toString(16).toUpperCase().padStart(8, "0")}`],
  ["one octal number", (o) => `0${number(o).toString(8)}`],
  ["dotted octal", (o) => o.map((octet) => `0${octet.toString(8)}`).join(".")],
  ["dotted octal with many zeros", (o) => o.map((octet) => octet.toString(8).padStart(6, "0")).join(".")],
  ["dotted hexadecimal", (o) => o.map((octet) => `0x${octet.toString(16)}`).join(".")],
  ["mixed bases", ([a = 0, b = 0, c = 0, d = 0]) => `0x${a.toString(16)}.${b}.0${c.toString(8)}.${d}`],
  ["two parts", ([a = 0, b = 0, c = 0, d = 0]) => `${a}.${(b << 16) | (c << 8) | d}`],
  ["three parts", ([a = 0, b = 0, c = 0, d = 0]) => `${a}.${b}.${(c << 8) | d}`],
  ["percent-encoded digits", (o) => o.join(".").replace(/\d/g, (digit) => `%3${digit}`)],
  ["percent-encoded dots", (o) => o.join("%2e")],
  ["full-width digits", (o) => o.join(".").replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))],
  ["circled digits", (o) => o.join(".").replace(/[1-9]/g, (digit) => String.fromCodePoint(0x245f + Number(digit)))],
  ["ideographic full stops", (o) => o.join("。")],
  ["IPv6-mapped", (o) => `[::ffff:${o.join(".")}]`],
  ["IPv6-mapped in hexadecimal", ([a = 0, b = 0, c = 0, d = 0]) => `[::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}]`],
  ["IPv6-mapped, written out", (o) => `[0:0:0:0:0:FFFF:${o.join(".")}]`],
  ["IPv4-compatible IPv6", (o) => `[::${o.join(".")}]`],
  ["NAT64", (o) => `[64:ff9b::${o.join(".")}]`],
  ["a part too many", (o) => `${o.join(".")}.0`],
  ["letters after the number", (o) => `${o.join(".")}x`],
];

const number = (octets: number[]): number => octets.reduce((sum, octet) => sum * 256 + octet, 0);

const V6_LITERALS = (
  "[::] [::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::0001] [0::1] " +
  "[fe80::1] [FE80::1] [fe80::1%25eth0] [fc00::1] [fd00:ec2::254] [ff02::1] [::ffff:0:127.0.0.1] " +
  "[2001:4860:4860::8888] [2606:4700::1111] [2002:7f00:1::] [2001:db8::1] [v1.fe80::1]"
).split(" ");

const spelled = (addresses: string[]): [host: string][] =>
  addresses.flatMap((address) => V4_SPELLINGS.map(([, spell]): [string] => [spell(address.split(".").map(Number))]));

describe("no URL with an IP address in it is called", () => {
  const hosts = [...spelled([...LOOPBACK, ...NOT_LOOPBACK]), ...V6_LITERALS.map((host): [string] => [host])];

  test("the table has at least 150 spellings", () => expect(new Set(hosts.flat()).size).toBeGreaterThan(150));
  test.each(hosts)("https://%s/", (host) => expect(refuseUrl(`https://${host}/`, DEPLOYED)).toEqual(expect.any(String)));
  test.each(hosts)("https://%s:8443/path?query", (host) => expect(refuseUrl(`https://${host}:8443/path?query`, DEPLOYED)).toEqual(expect.any(String)));
  test.each(spelled(NOT_LOOPBACK))("http://%s/ in a local run", (host) => expect(refuseUrl(`http://${host}/`, LOCAL)).toEqual(expect.any(String)));
});

describe("a deployed gateway calls", () => {
  test.each([
    "https://www.example.com/twilio_phone_number_example",
    "https://example.org",
    "https://publisher.co.uk/v1?x=1&y=%20#fragment",
    "https://api.publisher.io:8443/",
    "https://a-b.c_d.publisher.io/",
    "https://1and1.com/",
    "https://127.0.0.1.publisher.com/",
    "https://xn--bcher-kva.example.com/",
    "https://bücher.com/straße",
    "https://publisher.com./",
    "https://PUBLISHER.COM/",
    "https://publisher.xn--p1ai/",
  ])("%s", (url) => expect(refuseUrl(url, DEPLOYED)).toBeNull());
});

describe("a deployed gateway does not call", () => {
  test.each([
    ["", "absolute URL"],
    ["/path", "absolute URL"],
    ["www.example.com", "absolute URL"],
    ["https://", "absolute URL"],
    ["https://example.com:99999/", "absolute URL"],
    ["http://www.example.com/", "https"],
    ["ftp://www.example.com/", "https"],
    ["javascript:alert(1)", "https"],
    ["file:///etc/passwd", "https"],
    ["https://user@www.example.com/", "user name"],
    ["https://user:pass@www.example.com/", "user name"],
    ["https://:pass@www.example.com/", "user name"],
    ["https://www.example.com:0/", "port 0"],
    ["https://www.example.com\\@evil.com/", "backslash"],
    [" https://www.example.com/", "spaces"],
    ["https://www.exa\tmple.com/", "control"],
    ["https://www.example.com/a b", "spaces"],
    ["https://www.example.com/\u0000", "control"],
    ["https://8.8.8.8/", "IP address"],
    ["https://[2606:4700::1111]/", "IP address"],
    ["https://publisher/", "full domain"],
    ["https://com./", "full domain"],
    ["https://localhost/", "full domain"],
    ["https://api.localhost/", "special-use"],
    ["https://publisher.test/", "special-use"],
    ["https://publisher.invalid/", "special-use"],
    ["https://publisher.example/", "special-use"],
    ["https://printer.local/", "special-use"],
    ["https://PRINTER.LOCAL./", "special-use"],
    ["https://metadata.google.internal/", "special-use"],
    ["https://host.docker.internal/", "special-use"],
    ["https://kubernetes.default.svc.cluster.local/", "special-use"],
    ["https://duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion/", "special-use"],
    ["https://router.home.arpa/", "special-use"],
    ["https://1.0.0.127.in-addr.arpa/", "special-use"],
    ["https://name.alt/", "special-use"],
    ["https://nas.lan/", "special-use"],
    ["https://mail.corp/", "special-use"],
    ["https://nas.home/", "special-use"],
    ["https://localhost.localdomain/", "special-use"],
    ["https://www..example.com/", "valid host"],
    [`https://${"a".repeat(64)}.com/`, "valid host"],
    [`https://${"a.".repeat(130)}com/`, "valid host"],
    ["https://gateway.dipswitch.dev/", "gateway itself"],
    ["https://GATEWAY.dipswitch.dev./v1/PhoneNumbers/1", "gateway itself"],
    ["https://gateway.dipswitch.dev:8443/", "gateway itself"],
    ["https://gatew%61y.dipswitch.dev/", "gateway itself"],
    [`https://www.example.com/${"a".repeat(URL_CHARACTERS)}`, "characters"],
  ])("%j: %s", (url, reason) => expect(refuseUrl(url, DEPLOYED)).toContain(reason));
});

describe("a local run", () => {
  test.each(["http://127.0.0.1:9000/", "http://localhost:9000/", "http://publisher.localhost:9000/", "http://[::1]:9000/", "http://127.8.9.10/", "https://www.example.com/", "http://www.example.com/"])(
    "calls %s",
    (url) => expect(refuseUrl(url, LOCAL)).toBeNull(),
  );
  // The gateway answers at each of these.
  test.each(["http://127.0.0.1:8787/", "http://localhost:8787/v1", "http://[::1]:8787/", "http://127.0.0.2:8787/", "http://0x7f000001:8787/"])("does not call itself at %s", (url) =>
    expect(refuseUrl(url, LOCAL)).toContain("gateway itself"),
  );
  test.each(["http://publisher/", "http://notlocalhost/", "http://publisher.test/", "ftp://127.0.0.1/", "http://[::ffff:127.0.0.1]/"])("does not call %s", (url) =>
    expect(refuseUrl(url, LOCAL)).toEqual(expect.any(String)),
  );
});

it("lets a developer's URL carry credentials", () => {
  expect(refuseUrl("https://user:pass@www.example.com/sms", { ...DEPLOYED, allowUserInfo: true })).toBeNull();
});

it("compares with no origin when there is none of its own", () => {
  expect(refuseUrl("https://gateway.dipswitch.dev/", { ...DEPLOYED, ownOrigin: "" })).toBeNull();
});

it("never repeats the URL, which may hold a password", () => {
  for (const url of ["https://user:hunter2@www.example.com/", "http://hunter2/", "https://hunter2:0/", "https://a.hunter2..test/?hunter2"]) {
    expect(refuseUrl(url, DEPLOYED)).not.toContain("hunter2");
  }
});
