// Ends and removes the tests' control database once its standard input closes: when the run is over, and also when the run
// was killed, which no teardown would notice. Argument: the data directory.
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const dataDir = process.argv[2] ?? "";

process.stdin.resume();
process.stdin.on("end", () => {
  const location = findLocation();
  if (location) {
    endServer(join(location, "pgdata", "postmaster.pid"));
    remove(location);
  }
  remove(dataDir);
});

/** Undefined when no test of the run needed it. */
function findLocation() {
  try {
    return resolve(dataDir, JSON.parse(readFileSync(join(dataDir, "control-database.json"), "utf8")).location);
  } catch {
    return undefined;
  }
}

/** At once and without a checkpoint: nobody wants the data. */
function endServer(pidFile) {
  try {
    process.kill(Number(readFileSync(pidFile, "utf8").split("\n")[0]), "SIGQUIT");
  } catch {
    // it does not run
  }
}

/** The server may still write its last file while its folder is being removed. */
function remove(path) {
  rmSync(path, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
}
