// A thread of seed-pool.mjs: answers for each seed whether it passed.
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

process.setSourceMapsEnabled(true);
Error.stackTraceLimit = 30;
const { tortureSeed } = await import(pathToFileURL(workerData.bundle));
parentPort.on("message", (seed) => {
  try {
    tortureSeed(seed, workerData.steps);
    parentPort.postMessage({ seed });
  } catch (error) {
    parentPort.postMessage({ seed, message: error.message, stack: error.stack });
  }
});
