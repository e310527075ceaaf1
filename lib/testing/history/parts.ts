import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BlockStore, History } from "@/lib/blocks";
import { openStore } from "@/lib/blocks";
import { inspectStore, type StoreReport } from "@/lib/blocks/check/checker";
import { describeFinding } from "@/lib/blocks/check/finding";
import { nodeDevice } from "@/lib/blocks/device/node-device";
import type { ComputeHost } from "@/lib/compute";
import { createComputeHost } from "@/lib/compute";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import type { Log } from "@/lib/std/log";
import { BackendClient } from "../backend-client";
import type { RunningService } from "../compute-fixture";

/** Where a torture works, and where its bundle lies. */
export interface Place {
  readonly bundleDir: string;
  readonly dir: string;
}

/** What an engine is made of, as far as data is concerned: store, computes, and nothing above them. */
export interface EngineParts {
  readonly store: BlockStore & History;
  readonly host: ComputeHost;
  start(volume: { readonly volumeId: string; readonly imageId: string }): Promise<RunningService>;
  close(): Promise<void>;
}

export const storeDirOf = ({ dir }: Place): string => join(dir, "blocks");

export async function openParts(place: Place): Promise<EngineParts> {
  const { bundleDir, dir } = place;
  const options = { clock: systemClock, log: errorLog };
  const store = await openStore(storeDirOf(place), { ...options, keeperEntry: join(bundleDir, "keeper-worker.mjs") });
  const scratchDir = join(dir, "scratch");
  const host = createComputeHost({
    ...options,
    store,
    scratchDir,
    workerEntry: join(bundleDir, "compute-worker.mjs"),
  });
  return {
    store,
    host,
    async start({ volumeId, imageId }) {
      const serviceId = newId();
      const compute = await host.start({ serviceId, volumeId, imageId });
      return { serviceId, volumeId, imageId, compute, sql: new BackendClient(compute) };
    },
    async close() {
      await host.close();
      await store.close();
    },
  };
}

/** Nothing of what runs here may have anything to complain of. */
const errorLog: Log = {
  debug() {},
  info() {},
  warn: complain,
  error: complain,
};

export const complaints: string[] = [];

/** What a kill leaves behind, and opening says that it took back. */
const EXPECTED = /^removing a volume whose creation was cut off/;

function complain(fields: object, message: string): void {
  if (!EXPECTED.test(message)) complaints.push(`${message} ${JSON.stringify(fields)}`);
}

/** The store's own checker, on a store that nobody has open. */
export function requireOrder(place: Place, when: string): StoreReport {
  const report = inspectStore(nodeDevice, storeDirOf(place));
  const findings = report.findings.slice(0, 10).map(describeFinding);
  if (findings.length > 0)
    throw new Error(`${when}: the checker has ${report.findings.length} findings:\n${findings.join("\n")}`);
  return report;
}

/** What files take on the disk. */
export function diskBytesOf(place: Place): number {
  const dir = storeDirOf(place);
  let bytes = 0;
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    const stat = statSync(join(dir, name), { throwIfNoEntry: false });
    if (stat?.isFile()) bytes += stat.blocks * 512;
  }
  return bytes;
}
