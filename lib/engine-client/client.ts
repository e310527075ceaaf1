import { request } from "node:http";
import { z } from "zod";
import { AppError, type ErrorCode, HTTP_STATUS } from "@/lib/std/app-error";
import {
  type Answer,
  type Ask,
  type ConnectionInfo,
  DEADLINE_MS,
  type DiskSpace,
  type EngineHealth,
  type QuestionName,
  questions,
  type VolumeStorage,
} from "./contract";
import { readBody } from "./read-body";
import { findSocketPath } from "./socket-path";
import { readToken } from "./token";

/** A question that is asked as it is written in the contract. */
type Asked<Name extends QuestionName> = (ask: Ask<Name>) => Promise<Answer<Name>>;

/** Of the history of volumes. What the engine refuses is its own AppError: NOT_FOUND, TARGET_OUTSIDE_WAL_WINDOW and so on. */
export interface HistoryClient {
  readonly window: Asked<"window">;
  readonly resolve: Asked<"resolve">;
  readonly histogram: Asked<"histogram">;
  readonly reserve: Asked<"reserve">;
  readonly release: Asked<"release">;
  readonly mark: Asked<"mark">;
  readonly deleteSnapshot: Asked<"deleteSnapshot">;
  readonly usage: Asked<"usage">;
  readonly figures: Asked<"figures">;
  readonly totals: Asked<"totals">;
  readonly frees: Asked<"frees">;
  readonly damages: Asked<"damages">;
  readonly pauseUpkeep: Asked<"pauseUpkeep">;
}

/** What web may ask. Each answers within the deadline or rejects with `AppError` CONTROL_PLANE; nothing is asked twice. */
export interface EngineClient {
  health(): Promise<EngineHealth>;
  /** By volume id; volumes that the engine does not know are missing. */
  storage(volumeIds: readonly string[]): Promise<Map<string, VolumeStorage>>;
  /** By service id; a service without clients has an empty list or is missing. */
  connections(serviceIds: readonly string[]): Promise<Map<string, ConnectionInfo[]>>;
  disk(): Promise<DiskSpace>;
  /** Closes all counters; answers up to when everything is counted. */
  closeUsage(): Promise<{ asOfMs: number }>;
  readonly history: HistoryClient;
}

export function engineClient(dataDir: string, options: { deadlineMs?: number } = {}): EngineClient {
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const ask = <Name extends QuestionName>(name: Name, body: Ask<Name>) =>
    askEngine({ dataDir, name, body, deadlineMs });
  return {
    health: () => ask("health", {}),
    storage: async (volumeIds) => new Map(Object.entries(await ask("storage", { volumeIds: [...volumeIds] }))),
    connections: async (serviceIds) =>
      new Map(Object.entries(await ask("connections", { serviceIds: [...serviceIds] }))),
    disk: () => ask("disk", {}),
    closeUsage: () => ask("closeUsage", {}),
    history: {
      window: (body) => ask("window", body),
      resolve: (body) => ask("resolve", body),
      histogram: (body) => ask("histogram", body),
      reserve: (body) => ask("reserve", body),
      release: (body) => ask("release", body),
      mark: (body) => ask("mark", body),
      deleteSnapshot: (body) => ask("deleteSnapshot", body),
      usage: (body) => ask("usage", body),
      figures: (body) => ask("figures", body),
      totals: (body) => ask("totals", body),
      frees: (body) => ask("frees", body),
      damages: (body) => ask("damages", body),
      pauseUpkeep: (body) => ask("pauseUpkeep", body),
    },
  };
}

interface Question<Name extends QuestionName> {
  dataDir: string;
  name: Name;
  body: Ask<Name>;
  deadlineMs: number;
}

async function askEngine<Name extends QuestionName>(question: Question<Name>): Promise<Answer<Name>> {
  try {
    const { status, text } = await post(question);
    if (status === 200) return questions[question.name].answer.parse(JSON.parse(text)) as Answer<Name>;
    throw findRefusal(text) ?? new Error(`the engine answered ${status}: ${text.slice(0, 500)}`);
  } catch (cause) {
    if (cause instanceof RefusedError) throw cause.refusal;
    throw new AppError(
      "CONTROL_PLANE",
      "The engine is not answering. If it ended, it is started again by itself: try again in a few seconds.",
      { cause },
    );
  }
}

const refusalBody = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === "string" && Object.hasOwn(HTTP_STATUS, code)),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});

/** The engine answered, and what it said is meant for who asked. */
class RefusedError extends Error {
  readonly refusal: AppError;

  constructor(refusal: AppError) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

function findRefusal(text: string): RefusedError | undefined {
  const parsed = refusalBody.safeParse(JSON.parse(text));
  if (!parsed.success) return undefined;
  const { code, message, details } = parsed.data;
  return new RefusedError(new AppError(code, message, details && { details }));
}

interface Posted {
  readonly status: number | undefined;
  readonly text: string;
}

function post(question: Question<QuestionName>): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath: findSocketPath(question.dataDir, "engine.sock"),
        method: "POST",
        path: `/${question.name}`,
        headers: { authorization: `Bearer ${readToken(question.dataDir)}`, "content-type": "application/json" },
        // A connection each: a kept one would be a dead one after the engine restarts.
        agent: false,
        signal: AbortSignal.timeout(question.deadlineMs),
      },
      (answer) => readBody(answer).then((text) => resolve({ status: answer.statusCode, text }), reject),
    );
    call.on("error", reject);
    call.end(JSON.stringify(question.body));
  });
}
