import "server-only";
import { headers } from "next/headers";
import { EVENT_STREAM_HEADERS } from "@/lib/api";
import { requireActor } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";
import { systemClock } from "@/lib/std/clock";

/** When an answer was made: the browser corrects its clock by it. */
export const stamp = <Facts extends object>(facts: Facts): Facts & { server_time: string } => ({
  ...facts,
  server_time: new Date(systemClock.nowMs()).toISOString(),
});

/** Answers one of the console's own questions to whoever is signed in; failures in the API's shape. */
export const answerJson = (answer: (actor: Actor) => Promise<object>): Promise<Response> =>
  answering(async (actor) => Response.json(stamp(await answer(actor)), { headers: UNCACHED }));

/** The same for a question whose answer goes on. */
export const answerStream = (open: (actor: Actor) => ReadableStream<Uint8Array>): Promise<Response> =>
  answering(async (actor) => new Response(open(actor), { headers: EVENT_STREAM_HEADERS }));

async function answering(answer: (actor: Actor) => Promise<Response>): Promise<Response> {
  try {
    return await answer(await requireActor(await headers()));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, details, fix, status } = error;
    return Response.json(stamp({ code, message, details, fix }), { status, headers: UNCACHED });
  }
}

const UNCACHED = { "cache-control": "no-store" };
