import { isIP } from "node:net";
import { ADDRESS_HEADER } from "@/lib/std/address-header";

/** The IP address that a request came from; null where the server did not say. */
export function findClientAddress(headers: Headers): string | null {
  const text = headers.get(ADDRESS_HEADER) ?? "";
  return isIP(text) ? text : null;
}
