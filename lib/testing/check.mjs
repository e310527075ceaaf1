// npm run check: format, lint, types, import rules and house rules, dead code. All of them run, also after one has failed.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureBuild, ROOT, run } from "../runtime/build.mjs";

const CHECKS = [
  { name: "format and lint", command: ["@biomejs/biome/bin/biome", "check", "--error-on-warnings", "--colors=off"] },
  { name: "types", command: ["typescript/bin/tsc", "--noEmit"] },
  {
    name: "import rules and house rules",
    command: ["vitest/vitest.mjs", "run", "lib/boundaries.test.ts", "lib/house-rules.test.ts"],
  },
  { name: "dead code", command: ["knip/bin/knip.js"] },
];

if (process.argv.includes("--help")) {
  console.log(`npm run check: ${CHECKS.map(({ name }) => name).join(", ")}. Exit code 1 when one of them fails.`);
} else {
  // A fresh checkout has neither Prisma's client nor Next's types.
  await ensureBuild({ parts: ["client"] });
  await run("next", ["typegen"]);
  const failed = [];
  for (const { name, command } of CHECKS) {
    const started = performance.now();
    const passed = await succeeds(command);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${passed ? "passed" : "FAILED"}  ${name} (${seconds} s)`);
    if (!passed) failed.push(name);
  }
  if (failed.length > 0) console.error(`Check failed: ${failed.join(", ")}.`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

/** Silent when it passes: a check that says much every day is not read on the day it matters. */
function succeeds([script, ...args]) {
  const child = spawn(process.execPath, [join(ROOT, "node_modules", script), ...args], { cwd: ROOT });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => output.push(part));
  return new Promise((resolve) => {
    child.once("close", (code) => {
      if (code !== 0) process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}
