// Seeds of the block store's simulations, on all cores.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";

/** The simulations of a source tree as one file, `outfile`. */
export async function bundleSimulations(root, outfile) {
  const format = { bundle: true, platform: "node", format: "esm", target: "node20", sourcemap: "inline" };
  const entryPoints = [join(root, "lib/blocks/simulation/torture.ts")];
  await build({ entryPoints, outfile, tsconfig: join(root, "tsconfig.json"), logLevel: "error", ...format });
}

/**
 * Runs each of `seeds` (an iterator of numbers) in one thread a core. `report({seed, message, stack})` is told of each one that
 * is done, in any order; message and stack are undefined when it passed. When it answers false no more are begun.
 */
export async function runSeeds(bundle, { seeds, steps, report }) {
  let isWanted = true;
  const next = () => (isWanted ? seeds.next().value : undefined);
  const tell = (result) => {
    if (report(result) === false) isWanted = false;
  };
  await Promise.all(Array.from({ length: availableParallelism() }, () => runThread({ bundle, steps, next, tell })));
}

function runThread({ bundle, steps, next, tell }) {
  const first = next();
  if (first === undefined) return undefined;
  const worker = new Worker(new URL("./seed-worker.mjs", import.meta.url), { workerData: { bundle, steps } });
  worker.on("message", (result) => {
    tell(result);
    const seed = next();
    if (seed === undefined) worker.terminate();
    else worker.postMessage(seed);
  });
  worker.postMessage(first);
  return new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
}
