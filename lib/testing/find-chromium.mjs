// Which Chromium the browser tests use: the one that is there, else one that is installed now.
import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { ROOT } from "../runtime/build.mjs";

const SYSTEM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The path of a Chromium, or an error that says how to get one. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (canRun(named)) return named;
    throw new Error(`CHROMIUM_PATH is ${named}, and that is no program this user can run.`);
  }
  return [...SYSTEM, chromium.executablePath()].find(canRun) ?? installWithPlaywright() ?? installWithApt() ?? giveUp();
}

function canRun(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installWithPlaywright() {
  console.log("No Chromium found; asking Playwright to install one …");
  const result = spawnSync(
    process.execPath,
    [join(ROOT, "node_modules/@playwright/test/cli.js"), "install", "chromium"],
    {
      stdio: ["ignore", "ignore", "ignore"],
      // A mirror that hangs is no reason to hang with it.
      timeout: 180_000,
    },
  );
  const path = chromium.executablePath();
  return result.status === 0 && canRun(path) && starts(path) ? path : undefined;
}

/** Playwright's build needs libraries that a bare system lacks. */
const starts = (path) => spawnSync(path, ["--version"], { stdio: "ignore" }).status === 0;

function installWithApt() {
  if (process.getuid?.() !== 0 || !isDebian()) return undefined;
  console.log("Installing Debian's Chromium …");
  try {
    execFileSync("apt-get", ["update", "-qq"], { stdio: "ignore" });
    execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return SYSTEM.find(canRun);
}

function isDebian() {
  return existsSync("/etc/os-release") && /^ID(_LIKE)?=.*debian/m.test(readFileSync("/etc/os-release", "utf8"));
}

function giveUp() {
  throw new Error(
    "The browser tests need a Chromium, and none could be installed. Install one (Debian: apt-get install chromium; " +
      "elsewhere: npx playwright install --with-deps chromium), or set CHROMIUM_PATH to one that is there.",
  );
}
