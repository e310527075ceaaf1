import type { MessagePort } from "node:worker_threads";
import type { Clock } from "@/lib/std/clock";
import type { Device } from "../device/device";
import { toPortableError } from "../keeper/keeper-protocol";
import { segmentPath } from "../log/store-paths";
import type { CollectorMessage, CollectorReply } from "./collector-protocol";
import { HeldFiles } from "./held-files";
import { type RewriteJob, type RewriteResult, rewriteSteps } from "./rewrite-segment";

/** Shorter rests are saved up: a timer's own inaccuracy is a millisecond. */
const SHORTEST_REST_MS = 2;

interface Parts {
  readonly device: Device;
  readonly clock: Clock;
  readonly held: HeldFiles;
}

/** The collector's thread: one job after the other, with rests between its steps. */
export function serveCollector(port: MessagePort, device: Device, clock: Clock): void {
  const parts = { device, clock, held: new HeldFiles(device, clock) };
  const reply = (message: CollectorReply) => port.postMessage(message);
  const perform = async ({ id, job }: CollectorMessage) => {
    try {
      reply({ id, result: await rewrite(job, parts) });
    } catch (error) {
      reply({ id, error: toPortableError(error) });
    }
  };
  let last = Promise.resolve();
  port.on("message", (message: CollectorMessage) => {
    last = last.then(() => perform(message));
  });
}

async function rewrite(job: RewriteJob, { device, clock, held }: Parts): Promise<RewriteResult> {
  const result = await rest(rewriteSteps(device, job), clock, 1000 / job.bytesPerSecond);
  if (result.outcome === "written") held.hold(segmentPath(job.storeDir, job.log, job.segment));
  return result;
}

/**
 * Takes the steps no faster than their bytes allow, and rests after each at least as long as it took: on a disk that is slow,
 * or busy with writers, no more than half of the time is the collector's.
 */
async function rest<Result>(steps: Generator<number, Result>, clock: Clock, msPerByte: number): Promise<Result> {
  let owedMs = 0;
  for (;;) {
    const startedMs = clock.monotonicMs();
    const step = steps.next();
    const endedMs = clock.monotonicMs();
    if (step.done) return step.value;
    const tookMs = endedMs - startedMs;
    owedMs += Math.max(tookMs, step.value * msPerByte - tookMs);
    if (owedMs < SHORTEST_REST_MS) continue;
    await clock.sleep(owedMs);
    owedMs -= clock.monotonicMs() - endedMs;
  }
}
