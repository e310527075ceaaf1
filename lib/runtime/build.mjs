// Makes what runs: Prisma's client, dist/ (engine, supervisor, workers) and the web server. Each part is made again only when
// a file that it is made of has changed, so that `npm start` after a `git pull` is neither stale nor slow.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle, stop as stopEsbuild } from "esbuild";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STAMPS = join(ROOT, "dist", "stamps.json");
const LOCK = join(ROOT, "dist", "build.lock");

/** Entry points of dist/: worker threads and child processes need real files. */
export const ENTRIES = {
  supervisor: "lib/runtime/supervisor.ts",
  engine: "lib/runtime/engine.ts",
  web: "lib/runtime/web.ts",
  backup: "lib/runtime/backup.ts",
  "keeper-worker": "lib/blocks/keeper/keeper-worker.ts",
  "compute-worker": "lib/compute/worker.ts",
};

export const ENGINE_BUILD = {
  absWorkingDir: ROOT,
  entryPoints: ENTRIES,
  outdir: "dist",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  packages: "external",
  sourcemap: true,
  logLevel: "silent",
};

const ENGINE_ONLY = ["blocks", "compute", "gateway", "operations", "runtime"];
const NEVER_RUN = ["testing", "bench", "decisions"];
const SETTINGS = ["package.json", "package-lock.json", "tsconfig.json"];
const MODULES = readdirSync(join(ROOT, "lib"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !NEVER_RUN.includes(entry.name))
  .map((entry) => entry.name);

/** What is made, from what, and how. The import rules prove that web is made of nothing from the engine's modules. */
const PARTS = {
  client: {
    title: "Generating the database client",
    sources: ["prisma/schema.prisma", "prisma.config.ts", ...SETTINGS],
    result: "lib/db/generated/client.ts",
    make: () => run("prisma", ["generate"]),
  },
  engine: {
    title: "Building the engine",
    sources: [...MODULES.map((name) => `lib/${name}`), "lib/env.ts", "prisma/schema.prisma", ...SETTINGS],
    result: "dist/engine.js",
    make: () => bundle(ENGINE_BUILD),
  },
  web: {
    title: "Building the web server",
    sources: [
      ...MODULES.filter((name) => !ENGINE_ONLY.includes(name)).map((name) => `lib/${name}`),
      ...[
        "lib/env.ts",
        "app",
        "components",
        "public",
        "proxy.ts",
        "prisma/schema.prisma",
        "next.config.js",
        "postcss.config.mjs",
      ],
      ...SETTINGS,
    ],
    result: ".next/standalone/server.js",
    make: makeWeb,
  },
};

/** Makes the parts that are not current, or the named ones whether current or not. Resolves to the names of what was made. */
export async function ensureBuild({ parts = Object.keys(PARTS), force = false, say = console.log } = {}) {
  if (!force && staleParts(parts).length === 0) return [];
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  await takeLock();
  try {
    const names = force ? parts : staleParts(parts);
    for (const name of names) await makePart(name, say);
    return names;
  } finally {
    await stopEsbuild(); // its own process would stay as long as this one
    rmSync(LOCK, { force: true });
  }
}

const staleParts = (parts) =>
  parts.filter((name) => !existsSync(join(ROOT, PARTS[name].result)) || readStamps()[name] !== stampOf(name));

async function makePart(name, say) {
  const part = PARTS[name];
  const started = performance.now();
  // Taken before: a file that changes while it is being built makes the result stale, not current.
  const stamp = stampOf(name);
  say(`${part.title} …`);
  await part.make();
  writeFileSync(STAMPS, JSON.stringify({ ...readStamps(), [name]: stamp }));
  say(`${part.title}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(STAMPS, "utf8"));
  } catch {
    return {};
  }
}

/** A hash of names and contents: times lie after a checkout. */
function stampOf(name) {
  const hash = createHash("sha256").update(process.version.split(".")[0]);
  for (const file of PARTS[name].sources.flatMap(sourceFiles).sort())
    hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
  return hash.digest("hex");
}

function sourceFiles(path) {
  if (!existsSync(join(ROOT, path))) return [];
  if (basename(path).includes(".")) return [path];
  return readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(test|suite)\.tsx?$|\.md$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .filter((file) => !file.startsWith("lib/db/generated/"));
}

async function makeWeb() {
  await run("next", ["build"]);
  const standalone = join(ROOT, ".next", "standalone");
  cpSync(join(ROOT, ".next", "static"), join(standalone, ".next", "static"), { recursive: true });
  if (existsSync(join(ROOT, "public"))) cpSync(join(ROOT, "public"), join(standalone, "public"), { recursive: true });
}

const BINARIES = { prisma: "prisma/build/index.js", next: "next/dist/bin/next" };

/** Runs a tool of node_modules quietly; what it printed is shown when it fails. */
export function run(tool, args) {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", CHECKPOINT_DISABLE: "1" };
  const child = spawn(process.execPath, [join(ROOT, "node_modules", BINARIES[tool]), ...args], { cwd: ROOT, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (output += part));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      // Prisma's command line can fail in silence: its output is the proof, not its exit code.
      if (code === 0 && output.trim()) resolve(output);
      else reject(new Error(`${tool} ${args.join(" ")} failed (exit code ${code})\n${output}`));
    });
  });
}

/** One build at a time in a checkout; a lock whose owner is dead is nobody's. */
async function takeLock() {
  for (;;) {
    try {
      return writeFileSync(LOCK, String(process.pid), { flag: "wx" });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!isAlive(Number(readFileSync(LOCK, "utf8")))) rmSync(LOCK, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--help"))
    console.log("npm run build: makes the database client, dist/ and the web server, whether they are current or not.");
  else
    await ensureBuild({ force: true }).catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
}
