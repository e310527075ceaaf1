import { BlockList, isIPv4, isIPv6 } from "node:net";
import { describe, expect, test } from "vitest";
import { type Cidr, formatCidr, isWithin, parseCidr, widenToNetwork } from "./cidr";
import { seededRandom } from "./random";

const read = (text: string): Cidr => {
  const cidr = parseCidr(text);
  if (typeof cidr === "string") throw new Error(`${text}: ${cidr}`);
  return cidr;
};

describe("a range", () => {
  test.each([
    ["203.0.113.0/24", "203.0.113.0/24"],
    ["203.0.113.7", "203.0.113.7/32"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:DB8:0:0::/32", "2001:db8::/32"],
    ["::1", "::1/128"],
    ["::/0", "::/0"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3/128"],
    ["1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0/128"],
    ["64:ff9b::192.0.2.0/120", "64:ff9b::c000:200/120"],
    ["::ffff:203.0.113.0/120", "203.0.113.0/24"],
    ["::ffff:cb00:7107", "203.0.113.7/32"],
  ])("%s is kept as %s", (text, kept) => {
    expect(formatCidr(read(text))).toBe(kept);
    expect(formatCidr(read(kept))).toBe(kept);
  });

  test.each([
    "",
    "localhost",
    "10.0.0",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/08",
    "010.0.0.1",
    "256.0.0.1",
    "1:2:3",
    "1::2::3",
    "1:2:3:4:5:6:7::8:9",
    "::/129",
    "::ffff:1.2.3.4/64",
    "1.2.3.4:5",
    "::1.2.3",
    "fe80::1%eth0",
    " 10.0.0.1",
    ":::",
    "12345::",
  ])("%j is none", (text) => {
    expect(parseCidr(text)).toBe("malformed");
  });

  test("with bits to the right of its mask is not guessed at, but the range that it lies in is known", () => {
    expect(parseCidr("10.1.2.3/8")).toBe("host bits");
    expect(widenToNetwork("10.1.2.3/8")).toBe("10.0.0.0/8");
    expect(parseCidr("2001:db8::1/64")).toBe("host bits");
    expect(widenToNetwork("2001:db8::1/64")).toBe("2001:db8::/64");
    expect(widenToNetwork("::ffff:10.1.2.3/104")).toBe("10.0.0.0/8");
  });
});

describe("an address", () => {
  test("is the same however a socket spells it", () => {
    expect(isWithin(read("203.0.113.0/24"), "::ffff:203.0.113.9")).toBe(true);
    expect(isWithin(read("203.0.113.0/24"), "::ffff:cb00:7109")).toBe(true);
    expect(isWithin(read("fe80::/10"), "fe80::1%eth0")).toBe(true);
  });

  test("of one kind is in no range of the other", () => {
    expect(isWithin(read("::/0"), "203.0.113.9")).toBe(false);
    expect(isWithin(read("0.0.0.0/0"), "2001:db8::1")).toBe(false);
    expect(isWithin(read("0.0.0.0/0"), "undefined")).toBe(false);
  });

  test("is within what Node's own list says, for 2,000 ranges and addresses by chance", () => {
    const random = seededRandom(7);
    const pick = (count: number) => Math.floor(random.next() * count);
    for (let round = 0; round < 2_000; round++) {
      const isOld = pick(2) === 0;
      const bytes = Array.from({ length: isOld ? 4 : 16 }, () => pick(256));
      const near = bytes.map((byte, index) => (index < pick(bytes.length + 1) ? byte : pick(256)));
      const spell = (parts: number[]) =>
        isOld
          ? parts.join(".")
          : Array.from({ length: 8 }, (_, group) =>
              (((parts[group * 2] ?? 0) << 8) | (parts[group * 2 + 1] ?? 0)).toString(16),
            ).join(":");
      const prefix = pick(isOld ? 33 : 129);
      const text = widenToNetwork(`${spell(bytes)}/${prefix}`) ?? "";
      const list = new BlockList();
      const family = isOld ? "ipv4" : "ipv6";
      const network = text.split("/")[0] ?? "";
      expect(isOld ? isIPv4(network) : isIPv6(network)).toBe(true);
      list.addSubnet(network, prefix, family);
      expect([text, spell(near), isWithin(read(text), spell(near))]).toEqual([
        text,
        spell(near),
        list.check(spell(near), family),
      ]);
    }
  });
});
