import { parentPort, workerData } from "node:worker_threads";
import { assert } from "@/lib/std/assert";
import type { WorkerSetup } from "./protocol";
import { runWorker } from "./worker/run";

assert(parentPort, "a compute's worker is started by its host");
await runWorker(workerData as WorkerSetup, parentPort);
