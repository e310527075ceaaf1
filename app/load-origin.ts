import "server-only";
import { headers } from "next/headers";

/** This console's address as the browser knows it. */
export async function loadOrigin(): Promise<string> {
  const asked = await headers();
  const host = asked.get("x-forwarded-host") ?? asked.get("host") ?? "localhost";
  return `${asked.get("x-forwarded-proto") ?? "http"}://${host}`;
}
