import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ADDRESS_HEADER } from "@/lib/std/address-header";
import { stampAddress } from "./stamp-address";

let server: Server;
let trusted = 0;
const stamp = (message: unknown) => stampAddress((message as { request: IncomingMessage }).request, trusted);

afterEach(() => {
  unsubscribe("http.server.request.start", stamp);
  server.close();
});

/** What a handler reads of a request with these headers, through `trustedProxies` proxies. */
async function addressOf(headers: Record<string, string>, trustedProxies = 0): Promise<string | null> {
  trusted = trustedProxies;
  subscribe("http.server.request.start", stamp);
  server = createServer((request, response) => response.end(JSON.stringify(request.headers[ADDRESS_HEADER] ?? null)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return (await (await fetch(`http://127.0.0.1:${port}/`, { headers })).json()) as string | null;
}

describe("a request's address", () => {
  it("is the socket's, whatever the client says", async () => {
    expect(await addressOf({})).toBe("127.0.0.1");
    server.close();
    expect(await addressOf({ "x-forwarded-for": "203.0.113.7", [ADDRESS_HEADER]: "203.0.113.7" })).toBe("127.0.0.1");
  });

  it("is what the outermost known proxy has seen, not what a client put before it", async () => {
    expect(await addressOf({ "x-forwarded-for": "6.6.6.6, 203.0.113.7" }, 1)).toBe("203.0.113.7");
    server.close();
    expect(await addressOf({ "x-forwarded-for": "6.6.6.6, 2001:db8::7, 10.0.0.2" }, 2)).toBe("2001:db8::7");
  });

  it("is unknown when a proxy has not said it", async () => {
    expect(await addressOf({}, 1)).toBeNull();
    server.close();
    expect(await addressOf({ "x-forwarded-for": "unknown", [ADDRESS_HEADER]: "203.0.113.7" }, 1)).toBeNull();
  });
});
