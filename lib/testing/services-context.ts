import { randomBytes } from "node:crypto";
import type { Database } from "@/lib/db";
import type { EngineClient } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import type { ServicesContext } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { type Clock, systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";

/** The clock of the system, set forward by as much as a test says. */
export interface SettableClock extends Clock {
  advance(ms: number): void;
}

export function settableClock(): SettableClock {
  let aheadMs = 0;
  return {
    ...systemClock,
    nowMs: () => systemClock.nowMs() + aheadMs,
    nowMicros: () => systemClock.nowMicros() + aheadMs * 1000,
    advance: (ms) => {
      aheadMs += ms;
    },
  };
}

const silence = () =>
  Promise.reject(
    new AppError(
      "CONTROL_PLANE",
      "The engine is not answering. If it ended, it is started again by itself: try again in a few seconds.",
    ),
  );

/** An engine that nobody started. */
export const silentEngine: EngineClient = {
  health: silence,
  storage: silence,
  connections: silence,
  disk: silence,
  closeUsage: silence,
  history: {
    window: silence,
    resolve: silence,
    histogram: silence,
    reserve: silence,
    release: silence,
    mark: silence,
    deleteSnapshot: silence,
    usage: silence,
    figures: silence,
    totals: silence,
    frees: silence,
    damages: silence,
    pauseUpkeep: silence,
  },
};

/** What lib/services works with, on a test's own database: a clock to set, a small range of ports, a silent engine. */
export function servicesContextFor(
  db: Database,
  different: Partial<ServicesContext> = {},
): ServicesContext & { clock: SettableClock } {
  const key = randomBytes(32);
  const clock = settableClock();
  return {
    db,
    ports: { firstPort: 20000, lastPort: 20999 },
    gatewayHost: "127.0.0.1",
    history: {
      retention_seconds: 86_400,
      retention_bytes: 8 * 1024 ** 3,
      snapshot_interval_seconds: 3_600,
      snapshots_kept: 24,
    },
    sendsMail: false,
    sealKey: () => key,
    engine: silentEngine,
    ...different,
    clock,
  };
}

export interface ProjectRules {
  readonly defaultTtlSeconds?: number | null;
  readonly maxTtlSeconds?: number;
  readonly graceSeconds?: number;
  readonly allowNever?: boolean;
}

/** A project of its own, and who acts in it. */
export async function makeActor(db: Database, rules: ProjectRules = {}): Promise<Actor> {
  const project = await db.project.create({
    data: {
      id: newId(),
      name: "acme",
      createdAt: new Date(systemClock.nowMs()),
      defaultTtlSeconds: rules.defaultTtlSeconds === undefined ? 86_400 : rules.defaultTtlSeconds,
      maxTtlSeconds: rules.maxTtlSeconds ?? 30 * 86_400,
      graceSeconds: rules.graceSeconds ?? 86_400,
      allowNever: rules.allowNever ?? false,
    },
  });
  return { projectId: project.id, userId: null, name: "ana@acme.test", via: "console", role: "owner", address: null };
}
