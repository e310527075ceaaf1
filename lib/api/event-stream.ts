import type { Actor } from "@/lib/schemas/actor";
import { type ProgressMessage, watchProgress } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { apiClock, apiLog } from "./surroundings";

export interface StreamOptions {
  /** Who is counted: a key, a session. */
  readonly seat: string;
}

/** Compressed or buffered on the way, an event would come when the next ones do. */
export const EVENT_STREAM_HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store, no-transform",
  "X-Accel-Buffering": "no",
};

/** A browser has six connections to a host; a page that holds more with streams cannot load anything else. */
export const STREAMS_MAX = 4;
// Whoever watches comes back by itself, and is then asked again who it is.
const STREAM_MS = 300_000;
const RETRY_MS = 2_000;

const seats = new Map<string, number>();

/** What happens in the actor's project as Server-Sent Events, from the request's `Last-Event-ID` on. */
export function openEventStream(actor: Actor, request: Request, { seat }: StreamOptions): ReadableStream<Uint8Array> {
  const after = readLastEventId(request);
  const leave = takeSeat(seat);
  const ending = new AbortController();
  const end = () => ending.abort();
  const cancelTimer = apiClock.after(STREAM_MS, end);
  request.signal.addEventListener("abort", end, { once: true });
  const messages = watchProgress(actor, { after, signal: ending.signal });
  const close = () => {
    cancelTimer();
    leave();
  };
  const encoder = new TextEncoder();
  let hasLeft = false;
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`)),
    async pull(controller) {
      try {
        const { value, done } = await messages.next();
        if (hasLeft) return;
        if (!done) return controller.enqueue(encoder.encode(encode(value)));
      } catch (error) {
        apiLog().warn({ err: error }, "a stream of events ended early");
      }
      close();
      controller.close();
    },
    cancel() {
      hasLeft = true;
      end();
      close();
    },
  });
}

function readLastEventId(request: Request): bigint | undefined {
  const text = request.headers.get("last-event-id") ?? new URL(request.url).searchParams.get("last_event_id");
  if (text === null || text === "") return undefined;
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new AppError("INVALID_REQUEST", "Last-Event-ID is the number of an event that was sent before.");
}

function takeSeat(seat: string): () => void {
  const taken = seats.get(seat) ?? 0;
  if (taken >= STREAMS_MAX)
    throw new AppError(
      "RATE_LIMITED",
      `${STREAMS_MAX} streams of events are open already. Close one, or ask now and then.`,
    );
  seats.set(seat, taken + 1);
  let hasLeft = false;
  return () => {
    if (hasLeft) return;
    hasLeft = true;
    const left = (seats.get(seat) ?? 1) - 1;
    if (left > 0) seats.set(seat, left);
    else seats.delete(seat);
  };
}

function encode(message: ProgressMessage): string {
  if (message.kind === "alive") return ": alive\n\n";
  const id = `id: ${message.seq}\n`;
  if (message.kind !== "event") return `${id}event: ${message.kind}\ndata: {}\n\n`;
  const { seq, atMs, kind, payload } = message.event;
  const data = { seq: Number(seq), at: new Date(atMs).toISOString(), kind, ...(payload as object) };
  return `${id}event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}
