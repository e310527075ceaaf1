import { isIP } from "node:net";

/** Where the web server writes the client's address, over whatever a client has sent under this name. */
export const ADDRESS_HEADER = "x-offshoot-address";

/** The IP address that a request came from; null where the server did not say. */
export function findClientAddress(headers: Headers): string | null {
  const text = headers.get(ADDRESS_HEADER) ?? "";
  return isIP(text) ? text : null;
}
