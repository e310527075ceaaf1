// npm run faults: the engine is killed, and everything it does fails, at every step of every operation.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureBuild, ROOT } from "../runtime/build.mjs";

const HELP = `npm run faults: kills the engine, ends its control database's connections, cancels, and lets each effect fail, at every step of every
operation; afterwards nothing may be left behind that belongs to nobody. npm test runs a sample of it and names its seed.

  npm run faults                    everything: about ten minutes
  npm run faults -- --seed 4711     the sample of that seed again
  npm run faults -- --only reset    what has this in its name`;

const { values } = parseArgs({
  options: { help: { type: "boolean" }, seed: { type: "string" }, only: { type: "string" } },
});
if (values.help) console.log(HELP);
else process.exitCode = await run(values);

async function run({ seed, only }) {
  await ensureBuild({ parts: ["client"] });
  const args = ["run", "lib/operations/crash.db.test.ts", "--reporter=verbose", ...(only ? ["-t", only] : [])];
  const child = spawn(
    process.execPath,
    [join(ROOT, "node_modules/vitest/vitest.mjs"), ...args, "--testTimeout=600000"],
    {
      cwd: ROOT,
      env: { ...process.env, OFFSHOOT_FAULTS: seed ?? "all" },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
}
