import { lookup as resolve } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { AppError } from "@/lib/std/app-error";

/**
 * Addresses that no receiver has and that an attacker would like us to call: a cloud machine's own credentials live at link-local
 * ones. Private networks are allowed: a self-hosted installation tells its own receivers, and only admins name them.
 */
const REFUSED = new BlockList();
REFUSED.addSubnet("0.0.0.0", 8, "ipv4");
REFUSED.addSubnet("169.254.0.0", 16, "ipv4");
REFUSED.addSubnet("224.0.0.0", 3, "ipv4");
REFUSED.addAddress("::", "ipv6");
REFUSED.addAddress("fd00:ec2::254", "ipv6");
REFUSED.addSubnet("fe80::", 10, "ipv6");
REFUSED.addSubnet("ff00::", 8, "ipv6");

export const isAllowedAddress = (address: string): boolean =>
  !REFUSED.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

/** A host that is an address already is never looked up. */
export function assertAllowedHost(hostname: string): void {
  const address = hostname.replace(/^\[|\]$/g, "");
  if (isIP(address) !== 0 && !isAllowedAddress(address)) throw refusal(hostname);
}

/** Looks a name up once, for the connection itself: a name that changes between a check and the call gains nothing. */
export const lookupAllowed: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, "");
    const allowed = addresses.filter(({ address }) => isAllowedAddress(address));
    const [first] = allowed;
    if (!first) return callback(refusal(hostname), "");
    if (options.all) callback(null, allowed);
    else callback(null, first.address, first.family);
  });
};

const refusal = (hostname: string): AppError =>
  new AppError("INVALID_REQUEST", `${hostname} is at an address that no webhook is sent to.`);
