// Bundles what a history torture runs, with a clock of which the instants run faster (fast-clock.ts).
import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const HERE = join(ROOT, "lib/testing/history");
const CLOCK = join(ROOT, "lib/std/clock.ts");
const FAST_CLOCK = join(HERE, "fast-clock.ts");
/** An hour, the age from which on history is thinned, passes in three seconds; a minute, between two ticks, in fifty milliseconds. */
const CLOCK_SPEED = 1200;
const ENTRIES = {
  torture: join(HERE, "torture.ts"),
  victim: join(HERE, "victim.ts"),
  "keeper-worker": join(ROOT, "lib/blocks/keeper/keeper-worker.ts"),
  "compute-worker": join(ROOT, "lib/compute/worker.ts"),
};

/** The directory of the bundle, and what removes it. It lies in the checkout, since it looks for the images' packages there. */
export async function bundleTorture() {
  const cache = join(ROOT, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const dir = await mkdtemp(join(cache, "offshoot-torture-"));
  await build({
    entryPoints: ENTRIES,
    outdir: dir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    define: { FAST_CLOCK: JSON.stringify(startClock()) },
    plugins: [{ name: "fast-clock", setup: replaceClock }],
    logLevel: "error",
  });
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

function replaceClock(program) {
  program.onResolve({ filter: /^@\/lib\/std\/clock$/ }, ({ importer }) => ({
    path: importer === FAST_CLOCK ? CLOCK : FAST_CLOCK,
  }));
}

const startClock = () => ({
  speed: CLOCK_SPEED,
  baseMicros: Date.now() * 1000,
  startMicros: Number(process.hrtime.bigint() / 1000n),
});
