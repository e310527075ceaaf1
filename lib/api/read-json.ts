import type { z } from "zod";
import { parseInput } from "@/lib/schemas/parse-input";
import { AppError } from "@/lib/std/app-error";

/** Bodies here are a few fields; more is a mistake or an attack. */
export const BODY_MAX_BYTES = 64 * 1024;

/** The body as its strict schema says, or an AppError about the first thing that is wrong. No body at all is an empty object. */
export async function readJson<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
  const text = await readText(request);
  return parseNamingFields(schema, text === "" ? {} : parseJson(text, request.headers.get("content-type")));
}

/** What the client named its request, to ask for it twice and get it once. */
export const idempotencyKeyOf = (request: Request): string | undefined =>
  request.headers.get("idempotency-key") ?? undefined;

/** The query as its strict schema says: text by name; of a name that is there twice the last one counts. */
export function readQuery<Schema extends z.ZodType>(request: Request, schema: Schema): z.output<Schema> {
  return parseNamingFields(schema, Object.fromEntries(new URL(request.url).searchParams));
}

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_MAX_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // The header may lie or be missing, so what comes in is counted.
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const tooLarge = () =>
  new AppError("PAYLOAD_TOO_LARGE", `The body is larger than ${BODY_MAX_BYTES / 1024} KiB, which no request needs.`, {
    details: { max_bytes: BODY_MAX_BYTES },
  });

function parseJson(text: string, contentType: string | null): unknown {
  if (!contentType?.toLowerCase().includes("json"))
    throw new AppError("INVALID_REQUEST", "The body must be JSON, sent with Content-Type: application/json.");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("INVALID_REQUEST", "The body is not JSON.", { cause });
  }
}

/** Whoever reads an answer has no form before them: the sentence names its field. */
function parseNamingFields<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  try {
    return parseInput(schema, input);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "INVALID_REQUEST") throw error;
    const { field, details } = error;
    throw new AppError(error.code, nameField(field, error.message), {
      ...(field !== undefined && { field }),
      ...(details && { details }),
      cause: error,
    });
  }
}

function nameField(field: string | undefined, message: string): string {
  if (message.startsWith("This ")) return message.replace("This", field ?? "The body");
  return field === undefined ? message : `${field}: ${message}`;
}
