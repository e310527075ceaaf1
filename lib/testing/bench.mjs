// npm run bench: bundles lib/bench/main.ts like the engine, so that it measures what runs, and runs it.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { ENGINE_BUILD, ensureBuild, ROOT } from "../runtime/build.mjs";

if (process.argv.includes("--help")) {
  console.log(`npm run bench: measures and prints one JSON line per figure: {"name", "value", "unit", "n", "p50", "p95"}.
npm run bench -- <name> runs the figures whose names begin so. How each is taken: docs/benchmarks.md.`);
} else {
  await ensureBuild();
  await bundle({
    ...ENGINE_BUILD,
    entryPoints: {
      bench: "lib/bench/main.ts",
      "nodefs-worker": "lib/bench/nodefs-worker.ts",
      "open-probe": "lib/bench/history/open-probe.ts",
    },
  });
  const child = spawn(
    process.execPath,
    ["--enable-source-maps", join(ROOT, "dist/bench.js"), ...process.argv.slice(2)],
    {
      cwd: ROOT,
      stdio: "inherit",
    },
  );
  child.once("close", (code) => {
    process.exitCode = code ?? 1;
  });
}
