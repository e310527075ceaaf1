import { readEnv } from "@/lib/env";
import { AppError } from "@/lib/std/app-error";
import { engineLog } from "./engine/engine-log";
import { runEngine } from "./engine/run-engine";
import { onStopAsked } from "./obey-pipe";
import { EXIT } from "./supervisor/restart-policy";

// A bug in one corner must not take every service down in silence: say what it was, then end, and be started again.
process.on("uncaughtException", (err) => {
  engineLog.fatal({ err }, `The engine met a bug: ${err.message}`);
  process.exit(1);
});

const asked = new AbortController();
try {
  onStopAsked(readEnv().supervised, () => asked.abort());
  await runEngine({ log: engineLog, asked: asked.signal, stop: () => asked.abort() });
  process.exit(0);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  engineLog.fatal({ err: error }, message);
  process.exit(error instanceof AppError && error.code === "CONFLICT" ? EXIT.hopeless : 1);
}
