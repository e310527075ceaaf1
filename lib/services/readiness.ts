import { type CallOptions, type ServicesContext, servicesContext } from "./context";

/** What web needs to do its work, part by part. */
export interface Readiness {
  readonly isReady: boolean;
  readonly controlDatabase: "ok" | "silent";
  /** `starting` while endpoints are still being opened, `stopping` once sessions are being ended. */
  readonly engine: "ready" | "starting" | "stopping" | "silent";
}

// Whoever asks has a deadline of its own, often a second or two; the engine's client has this one as well.
const DEADLINE_MS = 1_000;

/** Whether work can be done now. Never rejects. */
export async function getReadiness(options: CallOptions = {}): Promise<Readiness> {
  const context = servicesContext(options);
  const [controlDatabase, engine] = await Promise.all([askDatabase(context), askEngine(context)]);
  return { isReady: controlDatabase === "ok" && engine === "ready", controlDatabase, engine };
}

async function askDatabase({ db, clock }: ServicesContext): Promise<Readiness["controlDatabase"]> {
  const answered = db.$queryRaw`SELECT 1`.then(
    () => "ok" as const,
    () => "silent" as const,
  );
  return Promise.race([answered, clock.sleep(DEADLINE_MS).then(() => "silent" as const)]);
}

const askEngine = ({ engine }: ServicesContext): Promise<Readiness["engine"]> =>
  engine.health().then(
    ({ state }) => state,
    () => "silent",
  );
