// npm run load: bundles lib/testing/load/main.ts and runs it against the product that npm start would run.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { ENGINE_BUILD, ensureBuild, ROOT } from "../runtime/build.mjs";

const HELP = `npm run load: the whole product with 200 forks of a service, 20 of them running, 8 more made at once while the source
takes writes. Prints the time of each phase and the source's latency before and during; exit code 1 when a fork is not READY or a
row is missing. On a data directory and ports of its own, which go afterwards.

  --forks 200     forks that exist before
  --running 20    so many of them run, the others are paused
  --at-once 8     forks that are made at once
  --seconds 20    how long the source's latency is measured before

Ends after 30 minutes at the latest. About a quarter of an hour on two cores.`;

if (process.argv.includes("--help")) {
  console.log(HELP);
} else {
  await ensureBuild();
  await bundle({ ...ENGINE_BUILD, entryPoints: { load: "lib/testing/load/main.ts" } });
  const args = ["--enable-source-maps", join(ROOT, "dist/load.js"), ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  child.once("close", (code) => {
    process.exitCode = code ?? 1;
  });
}
