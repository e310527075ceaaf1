import { request } from "node:http";
import { AppError } from "@/lib/std/app-error";
import {
  type Answer,
  type Ask,
  type ConnectionInfo,
  DEADLINE_MS,
  type EngineHealth,
  type QuestionName,
  questions,
  type VolumeStorage,
} from "./contract";
import { readBody } from "./read-body";
import { findSocketPath } from "./socket-path";
import { readToken } from "./token";

/** What web may ask. Each answers within the deadline or rejects with `AppError` CONTROL_PLANE; nothing is asked twice. */
export interface EngineClient {
  health(): Promise<EngineHealth>;
  /** By volume id; volumes that the engine does not know are missing. */
  storage(volumeIds: readonly string[]): Promise<Map<string, VolumeStorage>>;
  /** By service id; a service without clients has an empty list or is missing. */
  connections(serviceIds: readonly string[]): Promise<Map<string, ConnectionInfo[]>>;
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
    const text = await post(question);
    return questions[question.name].answer.parse(JSON.parse(text)) as Answer<Name>;
  } catch (cause) {
    throw new AppError("CONTROL_PLANE", "The engine is not answering. Databases that run keep running.", { cause });
  }
}

function post(question: Question<QuestionName>): Promise<string> {
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
      (answer) => readBody(answer).then((text) => settle(answer.statusCode, text), reject),
    );
    const settle = (status: number | undefined, text: string) =>
      status === 200 ? resolve(text) : reject(new Error(`the engine answered ${status}: ${text.slice(0, 500)}`));
    call.on("error", reject);
    call.end(JSON.stringify(question.body));
  });
}
