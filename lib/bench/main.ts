import { spawn } from "node:child_process";
import { once } from "node:events";
import { barrier } from "./barrier";
import { collect } from "./collect";
import { copyIn } from "./copy-in";
import { report } from "./figure";
import { forkStorage } from "./fork-storage";
import { forkToRow } from "./fork-to-row";
import { busyLogBytes, busySpeed } from "./history/busy";
import { chain } from "./history/chain";
import { collectionOf, writerBeside } from "./history/collection";
import { forkMoments } from "./history/fork";
import { growth } from "./history/growth";
import { memoryWhileGrowing, openVolumes } from "./history/open-volumes";
import { pitr } from "./history/pitr";
import { questions } from "./history/questions";
import { slices } from "./history/slices";
import { timeline } from "./history/timeline";
import { logBytes, NEW, WORN } from "./log-bytes";
import { memory } from "./memory";
import { pgbenchRatios } from "./pgbench-ratios";

/** Groups of figures by name; `npm run bench -- <prefix>` chooses among them. */
const GROUPS: Readonly<Record<string, () => Promise<void>>> = {
  "fork-storage": () => forkStorage(report),
  "memory/postgres-18": () => memory("postgres-18", report),
  "memory/timescaledb": () => memory("timescaledb-2.23-pg17", report),
  "pgbench/scale-1": () => pgbenchRatios(1, report),
  "pgbench/scale-10": () => pgbenchRatios(10, report),
  barrier: () => barrier(report),
  "blocks/collect": () => collect(report),
  "log-bytes/scale-1": () => logBytes({ name: "scale-1", scale: 1, fillfactor: 100, warmUp: NEW }, report),
  "log-bytes/scale-10": () => logBytes({ name: "scale-10", scale: 10, fillfactor: 100, warmUp: NEW }, report),
  "log-bytes/worn-10": () => logBytes({ name: "worn-10", scale: 10, fillfactor: 100, warmUp: WORN }, report),
  "log-bytes/room-10": () => logBytes({ name: "room-10", scale: 10, fillfactor: 90, warmUp: NEW }, report),
  "copy-in": () => copyIn(report),
  "history/fork": () => forkMoments(report),
  "history/questions": () => questions(report),
  "history/slices": () => slices(report),
  "history/chain": () => chain(report),
  "history/collection/siblings": () => collectionOf("siblings", report),
  "history/collection/parents": () => collectionOf("parents", report),
  "history/collection/writer": () => writerBeside(report),
  "history/growth": () => growth(report),
  "history/open": () => openVolumes(report),
  "history/memory": () => memoryWhileGrowing(report),
  "history/pitr/postgres-18": () => pitr("postgres-18", report),
  "history/pitr/timescaledb": () => pitr("timescaledb-2.23-pg17", report),
  "history/busy/small": () => busySpeed({ name: "history/busy/small", scale: 1 }, report),
  "history/busy/large": () => busySpeed({ name: "history/busy/large", scale: 10 }, report),
  "history/busy/log-bytes-small": () =>
    busyLogBytes({ name: "history/busy/log-bytes-small", scale: 1, warmUp: NEW }, report),
  "history/busy/log-bytes-worn": () =>
    busyLogBytes({ name: "history/busy/log-bytes-worn", scale: 10, warmUp: WORN }, report),
  "history/timeline": () => timeline(report),
  "fork-to-row/postgres-18": () => forkToRow("postgres-18", report),
  "fork-to-row/timescaledb": () => forkToRow("timescaledb-2.23-pg17", report),
};
const ONE = "--one";

/** Each group in a process of its own: what one leaves in memory is no part of the next one's figures. */
async function runAll(prefix: string): Promise<void> {
  const names = Object.keys(GROUPS).filter((name) => name.startsWith(prefix));
  if (names.length === 0)
    throw new Error(`no figure begins with ${prefix}: there are ${Object.keys(GROUPS).join(", ")}`);
  for (const name of names) {
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1] as string, ONE, name], {
      stdio: "inherit",
    });
    const [exitCode] = await once(child, "close");
    if (exitCode !== 0) process.exitCode = 1;
  }
}

const [first, name] = process.argv.slice(2);
if (first === ONE) await GROUPS[name ?? ""]?.();
else await runAll(first ?? "");
