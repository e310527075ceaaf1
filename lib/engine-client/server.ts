import { chmodSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { ZodError } from "zod";
import { AppError } from "@/lib/std/app-error";
import type { Log } from "@/lib/std/log";
import { claimSocket } from "./claim-socket";
import { type EngineHandlers, type QuestionName, questions } from "./contract";
import { readBody } from "./read-body";
import { prepareSocketPath } from "./socket-path";
import { isSameToken, writeToken } from "./token";

export interface EngineServerOptions {
  dataDir: string;
  handlers: EngineHandlers;
  log: Log;
}

export interface EngineServer {
  /** Stops answering and gives the data directory free. */
  close(): Promise<void>;
}

/**
 * Answers web's questions on the data directory's socket. Binding it is also the lock of the data directory: rejects with
 * `AppError` CONFLICT while another engine listens there.
 */
export async function serveEngine(options: EngineServerOptions): Promise<EngineServer> {
  let token: string | undefined;
  const server = createServer((incoming, outgoing) => {
    answer(incoming, { ...options, token }).then(
      ({ status, body }) => send(outgoing, status, body),
      (error) => {
        options.log.error({ err: error, question: incoming.url }, "a question to the engine failed");
        send(outgoing, 500, { message: "The engine failed to answer." });
      },
    );
  });
  const path = prepareSocketPath(options.dataDir, "engine.sock");
  if (!(await claimSocket(server, path)))
    throw new AppError(
      "CONFLICT",
      `The data directory ${options.dataDir} is in use by another engine. Stop that one, or set OFFSHOOT_DATA_DIR to another directory.`,
    );
  chmodSync(path, 0o600);
  // Only now: the token of an engine that lives must not be overwritten.
  token = writeToken(options.dataDir);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Reply {
  status: number;
  body: unknown;
}

async function answer(
  incoming: IncomingMessage,
  server: { token: string | undefined; handlers: EngineHandlers },
): Promise<Reply> {
  const given = incoming.headers.authorization?.replace(/^Bearer /, "") ?? "";
  if (server.token === undefined || !isSameToken(given, server.token))
    return { status: 401, body: { message: "The token is not this engine's." } };
  const name = incoming.url?.slice(1) ?? "";
  if (incoming.method !== "POST" || !isQuestion(name)) return { status: 404, body: { message: "No such question." } };
  try {
    const ask = questions[name].ask.parse(JSON.parse(await readBody(incoming)));
    const handle = server.handlers[name] as (ask: unknown) => unknown;
    return { status: 200, body: await handle(ask) };
  } catch (error) {
    if (error instanceof ZodError || error instanceof SyntaxError)
      return { status: 400, body: { message: error.message } };
    if (error instanceof AppError) {
      const { status, code, message, details } = error;
      return { status, body: { code, message, ...(details && { details }) } };
    }
    throw error;
  }
}

const isQuestion = (name: string): name is QuestionName => Object.hasOwn(questions, name);

function send(outgoing: ServerResponse, status: number, body: unknown): void {
  if (outgoing.destroyed) return; // the client's deadline has passed
  outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
