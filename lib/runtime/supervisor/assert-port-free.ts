import { createServer } from "node:net";
import { AppError } from "@/lib/std/app-error";
import type { Clock } from "@/lib/std/clock";

// The web server of a killed predecessor ends by itself, within this time.
const PATIENCE_MS = 1_500;
const POLL_MS = 100;

/** Rejects with a sentence for a person when nobody can listen there. Asked before anything is started. */
export async function assertPortFree(host: string, port: number, clock: Clock): Promise<void> {
  const deadlineMs = clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const error = await tryListen(host, port);
    if (!error) return;
    if (error.code !== "EADDRINUSE" || clock.monotonicMs() >= deadlineMs) throw explain({ error, host, port });
    await clock.sleep(POLL_MS);
  }
}

function tryListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

function explain({ error, host, port }: { error: NodeJS.ErrnoException; host: string; port: number }): AppError {
  const what = WHY[error.code ?? ""] ?? error.message;
  return new AppError("CONFLICT", `The web server cannot listen on ${host}:${port}: ${what}`, { cause: error });
}

const WHY: Record<string, string> = {
  EADDRINUSE: "the port is in use by another program. Stop that one, or set PORT to another port.",
  EACCES: "this user may not listen there. Set PORT to one above 1023.",
  EADDRNOTAVAIL: "this machine does not have that address. Set HOST to one that it has, such as 127.0.0.1.",
  ENOTFOUND: "HOST is not an address of this machine. Set it to one that is, such as 127.0.0.1.",
};
