// npm run store:check -- DIR: bundles the block store's checker and runs it on a store's directory.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HELP = `npm run store:check -- DIR: proves that a store is in order, or says what is wrong with it and where.

DIR is an engine's data directory, the directory of its store (blocks), or a copy of one. It is only read, and no engine is
needed; one that runs must be stopped first, because a store that changes cannot be compared with itself.

Checked: the journal, every segment, commit record, block and map node that anything needs, with their checksums; that nothing
needed was freed; and every sum, by counting again. Exit code 0: in order. 1: something is wrong. 2: nothing was checked.`;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM = `
export { describeFinding } from "./lib/blocks/check/finding";
export { inspectStore } from "./lib/blocks/check/checker";
export { nodeDevice } from "./lib/blocks/device/node-device";
export { findSocketPath } from "./lib/engine-client/socket-path";`;
const PROGRESS_MS = 1000;
const MOST_LINES = 1000;

const args = process.argv.slice(2);
if (args.includes("--help") || args.length !== 1) {
  console.log(HELP);
  process.exitCode = args.includes("--help") ? 0 : 2;
} else process.exitCode = await main(resolve(args[0]));

async function main(directory) {
  const storeDir = [directory, join(directory, "blocks")].find((candidate) => existsSync(join(candidate, "journal")));
  if (!storeDir) return refuse(`There is no store in ${directory}: it has no file named journal.`);
  const program = await bundleProgram();
  if (await isAnswered(program.findSocketPath(dirname(storeDir), "engine.sock")))
    return refuse(`A running engine owns ${storeDir}. Stop it first, or check a copy.`);
  const report = program.inspectStore(program.nodeDevice, storeDir, { onProgress: showProgress() });
  clearProgress();
  for (const finding of report.findings.slice(0, MOST_LINES)) console.log(program.describeFinding(finding));
  if (report.findings.length > MOST_LINES) console.log(`… and ${report.findings.length - MOST_LINES} more`);
  console.log(summarize(report));
  return report.findings.length > 0 ? 1 : 0;
}

function refuse(sentence) {
  console.error(sentence);
  return 2;
}

async function bundleProgram() {
  const bundleDir = await mkdtemp(join(tmpdir(), "offshoot-store-check-"));
  try {
    const outfile = join(bundleDir, "check.mjs");
    const stdin = { contents: PROGRAM, resolveDir: ROOT, loader: "ts" };
    await build({ stdin, outfile, bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "error" });
    return await import(outfile);
  } finally {
    await rm(bundleDir, { recursive: true, force: true });
  }
}

/** A socket file may be left over from an engine that was killed: only one that is answered has an owner. */
function isAnswered(path) {
  return new Promise((settle) => {
    const socket = connect(path);
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("close", () => settle(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** On a terminal only, and not more often than one can read. */
function showProgress() {
  let shown = performance.now();
  return ({ step, done, logs, bytesRead }) => {
    if (!process.stderr.isTTY || performance.now() - shown < PROGRESS_MS) return;
    shown = performance.now();
    const what = step === "scanning" ? "reading commit records" : "following what commits need";
    process.stderr.write(`\r\x1b[K${what}: log ${done + 1} of ${logs}, ${mebibytes(bytesRead)} read`);
  };
}

function clearProgress() {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}

function summarize({ findings, volumes, commits, points, bytesRead, logs }) {
  const units = [...logs.values()].reduce((sum, log) => sum + log.units, 0);
  const reached = [...logs.values()].reduce((sum, log) => sum + log.reached, 0);
  const parts = [
    `${volumes} volumes, ${logs.size} logs, ${commits} commits, ${points} of them read`,
    `${mebibytes(reached * 4096)} of ${mebibytes(units * 4096)} needed, ${mebibytes(bytesRead)} read`,
  ];
  return `${findings.length === 0 ? "In order" : `Not in order, findings: ${findings.length}`}: ${parts.join("; ")}.`;
}

function mebibytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
