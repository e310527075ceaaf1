/** A range of IP addresses: those whose first `prefix` bits are those of `network`. */
export interface Cidr {
  readonly bits: 32 | 128;
  readonly network: bigint;
  readonly prefix: number;
}

export type CidrFault = "malformed" | "host bits";

/**
 * Reads `203.0.113.0/24`, `2001:db8::/32`, or an address alone. What is mapped (`::ffff:203.0.113.0/120`) is the IPv4 range that it
 * means. Strict as inet_pton: no leading zeros, no zone. No node:net here, because forms judge what is typed with this.
 */
export function parseCidr(text: string): Cidr | CidrFault {
  const [, host = "", length] = /^([0-9A-Fa-f.:]{2,45})(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (!address || (length !== undefined && length !== String(Number(length)))) return "malformed";
  const asked = length === undefined ? undefined : Number(length);
  const prefix = asked === undefined ? address.bits : asked - (address.isMapped ? 96 : 0);
  if (prefix < 0 || prefix > address.bits) return "malformed";
  const rest = BigInt(address.bits - prefix);
  return (address.value >> rest) << rest === address.value
    ? { bits: address.bits, network: address.value, prefix }
    : "host bits";
}

/** The range that an address with host bits lies in: what whoever wrote it probably meant. */
export function widenToNetwork(text: string): string | undefined {
  const [host = "", length] = text.split("/");
  const address = parseAddress(host);
  if (!address || length === undefined) return undefined;
  const prefix = Number(length) - (address.isMapped ? 96 : 0);
  const rest = BigInt(address.bits - prefix);
  return formatCidr({ bits: address.bits, network: (address.value >> rest) << rest, prefix });
}

/** Whether the address, as a socket tells it (mapped, with a zone), is in the range. What is no address is in none. */
export function isWithin(cidr: Cidr, address: string): boolean {
  const found = parseAddress(address.replace(/%.*$/, ""));
  if (!found || found.bits !== cidr.bits) return false;
  const rest = BigInt(cidr.bits - cidr.prefix);
  return found.value >> rest === cidr.network >> rest;
}

/** One spelling for each range: the shortest, as RFC 5952 has it. */
export function formatCidr({ bits, network, prefix }: Cidr): string {
  return `${bits === 32 ? formatIPv4(network) : formatIPv6(network)}/${prefix}`;
}

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
  readonly isMapped: boolean;
}

const MAPPED = 0xffffn;

function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) {
    const value = parseIPv4(text);
    return value === undefined ? undefined : { bits: 32, value, isMapped: false };
  }
  const value = parseIPv6(text);
  if (value === undefined) return undefined;
  return value >> 32n === MAPPED
    ? { bits: 32, value: value & 0xffff_ffffn, isMapped: true }
    : { bits: 128, value, isMapped: false };
}

function parseIPv4(text: string): bigint | undefined {
  const parts = text.split(".");
  const isPlain = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isPlain ? join(parts.map(Number), 8n) : undefined;
}

const join = (parts: readonly number[], width: bigint): bigint =>
  parts.reduce((sum, part) => (sum << width) | BigInt(part), 0n);

function parseIPv6(text: string): bigint | undefined {
  const sides = text.split("::");
  if (sides.length > 2) return undefined;
  const [head, tail] = sides.map((side, index) => parseGroups(side, index === sides.length - 1));
  if (!head || (sides.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  // "::" stands for one group at least.
  if (tail ? missing < 1 : missing !== 0) return undefined;
  return join([...head, ...Array<number>(missing).fill(0), ...(tail ?? [])], 16n);
}

/** The groups of one side of "::"; its last may be an IPv4 address where it ends the whole. */
function parseGroups(side: string, isLast: boolean): number[] | undefined {
  if (side === "") return [];
  const parts = side.split(":");
  const dotted = isLast && parts.at(-1)?.includes(".") ? parseIPv4(parts.at(-1) ?? "") : undefined;
  if (dotted !== undefined) parts.pop();
  if (!parts.every((part) => /^[0-9A-Fa-f]{1,4}$/.test(part))) return undefined;
  const groups = parts.map((part) => Number.parseInt(part, 16));
  return dotted === undefined ? groups : [...groups, Number(dotted >> 16n), Number(dotted & 0xffffn)];
}

const formatIPv4 = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");

function formatIPv6(value: bigint): string {
  const groups = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((value >> shift) & 0xffffn).toString(16));
  const runs = [...groups.join(":").matchAll(/\b0(?::0\b)+/g)].sort((one, other) => other[0].length - one[0].length);
  const [longest] = runs;
  if (!longest) return groups.join(":");
  const text = groups.join(":");
  const [before, after] = [text.slice(0, longest.index), text.slice(longest.index + longest[0].length)];
  return `${before.replace(/:$/, "")}::${after.replace(/^:/, "")}`;
}
