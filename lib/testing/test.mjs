// npm test: every suite, then one line with the total. Suites run one after the other; within a suite files run in parallel.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuild, ROOT } from "../runtime/build.mjs";
import { findChromium } from "./find-chromium.mjs";

const HELP = `npm test: builds what is not current, then runs all tests and prints "N passed, N failed".

  npm test                      everything
  npm test -- lib               unit, database and process tests (vitest)
  npm test -- browser           browser, HTTP and wire tests (Playwright)
  npx vitest run lib/gateway    one module; npx vitest lib/gateway watches

CHROMIUM_PATH names the Chromium for the browser tests; else one that is there, else one is installed.
Tests that need psql or pgbench are skipped where there is none (Debian: apt-get install postgresql-client postgresql-contrib).`;

const SUITES = { lib: runVitest, browser: runPlaywright };

if (process.argv.includes("--help")) {
  console.log(HELP);
} else {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !(name in SUITES));
  if (unknown.length > 0) {
    console.error(`No such suite: ${unknown.join(", ")}.\n\n${HELP}`);
    process.exit(2);
  }
  process.exitCode = await runSuites(wanted.length > 0 ? wanted : Object.keys(SUITES));
}

async function runSuites(names) {
  const reports = mkdtempSync(join(tmpdir(), "offshoot-reports-"));
  const totals = [];
  try {
    await ensureBuild();
    for (const name of names) totals.push(await runSuite(name, reports));
  } catch (error) {
    console.error(error.message);
    totals.push({ name: "preparation", passed: 0, failed: 1, skipped: 0, seconds: 0 });
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  console.log();
  for (const { name, passed, failed, skipped, seconds } of totals)
    console.log(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds.toFixed(0)} s`);
  const sum = (key) => totals.reduce((total, suite) => total + suite[key], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed") === 0 ? 0 : 1;
}

async function runSuite(name, reports) {
  const started = performance.now();
  const report = join(reports, `${name}.json`);
  const { exitCode, ...counts } = await SUITES[name](report);
  // A suite that crashed after its tests, or ran none, has not passed.
  if (counts.failed === 0 && (exitCode !== 0 || counts.passed === 0)) counts.failed = 1;
  return { name, ...counts, seconds: (performance.now() - started) / 1000 };
}

async function runVitest(report) {
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const exitCode = await runTool("vitest/vitest.mjs", args);
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = readReport(report);
  // A file that cannot be loaded has no tests of its own to fail.
  const broken = (testResults ?? []).filter(
    ({ status, assertionResults }) => status === "failed" && !hasFailed(assertionResults),
  );
  printSlowest(testResults ?? []);
  return {
    exitCode,
    passed: numPassedTests ?? 0,
    failed: (numFailedTests ?? 0) + broken.length,
    skipped: (numPendingTests ?? 0) + (numTodoTests ?? 0),
  };
}

function hasFailed(results) {
  return results.some(({ status }) => status === "failed");
}

function printSlowest(files) {
  const timed = files.map(({ name, startTime, endTime }) => ({ name, seconds: (endTime - startTime) / 1000 }));
  console.log("Time per file:");
  for (const { name, seconds } of timed.sort((left, right) => right.seconds - left.seconds))
    console.log(`${seconds.toFixed(1).padStart(8)} s  ${name.slice(ROOT.length)}`);
}

async function runPlaywright(report) {
  // Not made here: the product makes it, with the permissions that it needs.
  const dataDir = join(tmpdir(), `offshoot-e2e-${randomBytes(4).toString("hex")}`);
  const env = {
    CHROMIUM_PATH: findChromium(),
    OFFSHOOT_E2E_PORT: String(await findFreePort()),
    OFFSHOOT_E2E_DATA_DIR: dataDir,
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  };
  const exitCode = await runTool("@playwright/test/cli.js", ["test", "--reporter=list,json"], env);
  if (exitCode === 0) rmSync(dataDir, { recursive: true, force: true });
  else console.log(`The data and logs of the failed run are in ${dataDir}.`);
  const { stats } = readReport(report);
  return {
    exitCode,
    passed: stats?.expected ?? 0,
    failed: (stats?.unexpected ?? 0) + (stats?.flaky ?? 0),
    skipped: stats?.skipped ?? 0,
  };
}

function runTool(script, args, env = {}) {
  const child = spawn(process.execPath, [join(ROOT, "node_modules", script), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return {};
  }
}

function findFreePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
