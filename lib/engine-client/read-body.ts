import type { IncomingMessage } from "node:http";
import { AppError } from "@/lib/std/app-error";
import { BODY_MAX_BYTES } from "./contract";

/** The whole body as text; rejects when it is larger than any question or answer can be. */
export async function readBody(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of message as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_MAX_BYTES)
      throw new AppError("PAYLOAD_TOO_LARGE", `A message of the engine has more than ${BODY_MAX_BYTES} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
