import { randomBytes } from "node:crypto";
import { linkSync, renameSync, rmSync } from "node:fs";
import { connect, type Server } from "node:net";

/**
 * Binds a server to a Unix socket that at most one living process owns: the lock of the data directory. Answers false when
 * another process listens there. A file that a killed process left behind is removed.
 */
export async function claimSocket(server: Server, path: string): Promise<boolean> {
  if (await listen(server, path)) return true;
  if (await isAlive(path)) return false;
  if (!(await removeStale(path))) return false;
  return listen(server, path);
}

function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.off("listening", onListening);
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    };
    const onListening = () => {
      server.off("error", onError);
      resolve(true);
    };
    server.once("error", onError).once("listening", onListening).listen(path);
  });
}

/** Only a refused connection proves that nobody listens: a full queue or a stopped process is somebody. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}

/**
 * Two starting processes may both have found the file dead, and the slower one must not delete the socket that the faster
 * one has bound meanwhile. So it is moved aside first and asked again: a moved socket still leads to its owner. A third one
 * that binds in that instant is met by the engine's second guard, the advisory lock in the control database.
 */
async function removeStale(path: string): Promise<boolean> {
  const aside = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
  const alive = await isAlive(aside);
  if (alive) linkSync(aside, path);
  rmSync(aside, { force: true });
  return !alive;
}
