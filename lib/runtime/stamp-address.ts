import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { ADDRESS_HEADER } from "@/lib/std/address-header";

/**
 * Writes into a request where it comes from, over whatever the client has sent. Behind known proxies that is what the outermost
 * of them has seen: each appends the address before it to X-Forwarded-For, and what stands before those a client has made up.
 */
export function stampAddress({ headers, socket }: IncomingMessage, trustedProxies: number): void {
  const forwarded = [headers["x-forwarded-for"] ?? []].flat().flatMap((text) => text.split(","));
  const hops = [...forwarded.map((hop) => hop.trim()), socket.remoteAddress ?? ""];
  const address = toPlain(hops.at(-1 - trustedProxies) ?? "");
  delete headers[ADDRESS_HEADER];
  if (isIP(address)) headers[ADDRESS_HEADER] = address;
}

/** `::ffff:203.0.113.7`, as a socket for both families says it, is 203.0.113.7. */
const toPlain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");
