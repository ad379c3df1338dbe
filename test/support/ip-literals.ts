/**
 * Every way to write an IP address where a URL has its host, as URL parsers read them: each part may be decimal, octal or hexadecimal, the
 * last part may hold what the missing ones would, and characters that IDNA maps to digits and dots count as those.
 */
export function spellingsOfIpv4(a: number, b: number, c: number, d: number): string[] {
  const parts = [a, b, c, d];
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const [hex, octal] = [(part: number): string => `0x${part.toString(16)}`, (part: number): string => `0${part.toString(8)}`];
  const dotted = parts.join(".");
  const written = (write: (part: number) => string): string => parts.map(write).join(".");
  return [
    dotted,
    `${dotted}.`,
    `${dotted}:8443`,
    String(whole),
    hex(whole),
    hex(whole).toUpperCase(),
    `0x0000${whole.toString(16)}`,
    octal(whole),
    written(hex),
    written(octal),
    written((part) => `0x000${part.toString(16)}`),
    written((part) => `000${part.toString(8)}`),
    `${a}.${b * 65_536 + c * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `${hex(a)}.${octal(b)}.${c}.${hex(d)}`,
    written((part) => String(part).replaceAll(/\d/g, (digit) => `%3${digit}`)),
    dotted.replaceAll(".", "%2E"),
    dotted.replaceAll(".", "。"),
    dotted.replaceAll(".", "．"),
    written((part) => String(part).replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))),
    written((part) => String(part).replaceAll(/\d/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit)))),
    written((part) => String(part).replaceAll(/\d/g, (digit) => (digit === "0" ? "⓪" : String.fromCodePoint(0x2460 + Number(digit) - 1)))),
  ];
}

export const IPV4_ADDRESSES: Record<string, readonly [number, number, number, number]> = {
  loopback: [127, 0, 0, 1],
  "this host": [0, 0, 0, 0],
  "link-local metadata": [169, 254, 169, 254],
  "private 10/8": [10, 0, 0, 1],
  "private 172.16/12": [172, 31, 255, 254],
  "private 192.168/16": [192, 168, 1, 1],
  "carrier-grade": [100, 64, 0, 1],
  public: [8, 8, 8, 8],
};

export const IPV6_LITERALS: readonly string[] = [
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[0000:0000:0000:0000:0000:0000:0000:0001]",
  "[::1]:8443",
  "[::]",
  "[0::0]",
  "[::ffff:127.0.0.1]",
  "[::FFFF:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[0:0:0:0:0:ffff:7f00:0001]",
  "[::127.0.0.1]",
  "[::7f00:1]",
  "[::ffff:169.254.169.254]",
  "[::ffff:a9fe:a9fe]",
  "[::ffff:10.0.0.1]",
  "[::ffff:8.8.8.8]",
  "[::ffff:0:127.0.0.1]",
  "[fe80::1]",
  "[FE80::1]",
  "[fe80::1%25eth0]",
  "[fec0::1]",
  "[fc00::1]",
  "[fd00:ec2::254]",
  "[ff02::1]",
  "[64:ff9b::7f00:1]",
  "[64:ff9b::127.0.0.1]",
  "[2002:7f00:1::]",
  "[2001:0:7f00:1::]",
  "[2001:db8::1]",
  "[2606:4700:4700::1111]",
  "[2a00:1450:4001:82b::200e]",
];
