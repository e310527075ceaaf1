// Breaks the block store on purpose, one break after the other in a copy, and tells which seed of the simulations notices:
//   node lib/testing/break-blocks.mjs [most seeds for each] [words of the break's name]
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleSimulations, runSeeds } from "./seed-pool.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STEPS = 120;

/** Name, file in lib/blocks, what is there, what stands there instead. */
const BREAKS = [
  ["frees a slot whose birth is the point", "retention/points.ts", "first < death;", "first < death && first > birth;"],
  ["frees a slot one commit too early", "retention/points.ts", "first < death;", "first < death - 1;"],
  ["keeps a slot for the commit that replaced it", "retention/points.ts", "first < death;", "first <= death;"],
  ["commits without a barrier", "log/log-writer.ts", "if (this.#options.barrier) this.#sync(active);", ""],
  [
    "records in the journal without a barrier",
    "journal/journal.ts",
    "      this.#device.fdatasync(this.#file);\n    } catch (error) {\n      this.#takeBack",
    "    } catch (error) {\n      this.#takeBack",
  ],
  ["replaces ledgers and indexes without a barrier", "device/replace-file.ts", "device.fdatasync(file);", ""],
  [
    "rewrites a segment without a barrier",
    "collect/rewrite-segment.ts",
    "if (this.damages.length === 0) device.fdatasync(target);",
    "",
  ],
  [
    "pins only the last step of a path",
    "journal/catalogue.ts",
    "for (const { log, commit } of record.path) {\n      const pins = this.#pins.get(log) ?? new",
    "for (const { log, commit } of record.path.slice(-1)) {\n      const pins = this.#pins.get(log) ?? new",
  ],
  ["writes ledgers of ancestors first", "retention/log-states.ts", "b.log - a.log", "a.log - b.log"],
  [
    "forgets foreign deaths",
    "retention/settle.ts",
    "for (const { log, key, units, commit } of foreign) foreignOf(state, log).set(key, [commit, units]);",
    "",
  ],
  [
    "lets a fork need nothing that it replaced ever",
    "retention/needs.ts",
    "return !state || replaced > this.oldestOwn(state);",
    "return !state;",
  ],
  [
    "ignores what a log on the way replaced",
    "retention/needs.ts",
    "<= step.commit || this.#replacedAhead(step, log, key)) return false;",
    "< 0) return false;",
  ],
  [
    "installs a segment before its index",
    "retention/collection.ts",
    "      replaceInReserve(device, storeDir, { path: indexPath(storeDir, log, segment), content });\n      ingest.replaced(log, segment);\n      installRewrite(device, job);\n",
    "      installRewrite(device, job);\n      replaceInReserve(device, storeDir, { path: indexPath(storeDir, log, segment), content });\n      ingest.replaced(log, segment);\n",
  ],
  [
    "writes down what it read of an idle frame that is not durable",
    "keeper/heads.ts",
    "this.#durable.has(volume.log)) return tail;",
    "isCommitDurable(tail)) return tail;",
  ],
  [
    "thins an index by what was decided since",
    "retention/collection.ts",
    "encodeThinnedIndex(ingest.index(log, segment), selection);",
    "encodeThinnedIndex(ingest.index(log, segment), selectLive(this.#parts.states.get(log), job));",
  ],
  [
    "offers what only a fork keeps",
    "retention/moments.ts",
    "isTick || marked.has(commit)),\n      head",
    "isTick || marked.has(commit) || true),\n      head",
  ],
  [
    "rewrites before the ledger is written",
    "retention/collection.ts",
    'return this.#save(state) ? "saving" : this.#plan(',
    "return this.#plan(",
  ],
  [
    "removes before the ledger is written",
    "retention/collection.ts",
    "if (!this.#save(state)) this.#remove(",
    "this.#remove(",
  ],
  [
    "frees a deleted log's living slots",
    "retention/sweep.ts",
    "if (needs.isNeeded(points, { key, ...life, isLink: level === LINK_LEVEL })) return;",
    "",
  ],
  ["collects the segment that holds the head", "retention/collection.ts", "segment < open && ", ""],
  [
    "removes an index with its segment",
    "retention/collection.ts",
    "if (this.#syncNames(log)) this.#unlink(",
    "this.#unlink(",
  ],
  [
    "trusts indexes that it finds",
    "timeline/log-follower.ts",
    "this.#adopt(segment)) options.files.found({ log, segment });",
    "this.#adopt(segment));",
  ],
  [
    "counts what forks keep as the head's",
    "retention/figures.ts",
    "const head = slots - history - keptForForks;",
    "const head = slots - history;",
  ],
  [
    "answers a diff without byte ranges",
    "diff/root-view.ts",
    "return file.delta?.ranges.get(block) ?? [];",
    "return [];",
  ],
  [
    "expires a window at half its age",
    "retention/window-policy.ts",
    "nowMicros - retention.micros",
    "nowMicros - retention.micros / 2",
  ],
  [
    "leaves ticks of two minutes",
    "retention/window-policy.ts",
    "COARSE_TICK_MICROS = MINUTE",
    "COARSE_TICK_MICROS = 2 * MINUTE",
  ],
  ["never expires a hold", "retention/historian.ts", "return mark.untilMicros <= nowMicros;", "return false;"],
  [
    "forks the commit before",
    "retention/moments.ts",
    "place: { log: volume.log, segment: found.segment, unit: found.unit },",
    "place: { log: volume.log, segment: this.#parts.headOf(volume.log).segment, unit: this.#parts.headOf(volume.log).unit },",
  ],
  [
    "names the commit after a time",
    "timeline/indexed-segments.ts",
    "firstMicros > micros,",
    "firstMicros > micros + 500,",
  ],
  [
    "reads blocks without their checksums",
    "log/log-reader.ts",
    "return read === target.length && checksum(target) === address.crc;",
    "return read === target.length;",
  ],
  [
    "reads ledgers without their checksum",
    "retention/ledger.ts",
    "if (checksum(bytes.subarray(CHECKED_FROM_BYTE)) !== bytes.readUInt32LE(4)) return false;",
    "",
  ],
];

const most = Number(process.argv[2] ?? 150);
const words = process.argv.slice(3).join(" ");
for (const [name, file, from, to] of BREAKS)
  if (name.includes(words)) console.log(`${name}: ${await tryBreak({ file, from, to })}`);

async function tryBreak({ file, from, to }) {
  const directory = await mkdtemp(join(tmpdir(), "offshoot-break-"));
  try {
    await cp(join(ROOT, "lib/blocks"), join(directory, "lib/blocks"), { recursive: true });
    await cp(join(ROOT, "lib/std"), join(directory, "lib/std"), { recursive: true });
    await cp(join(ROOT, "tsconfig.json"), join(directory, "tsconfig.json"));
    await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
    const path = join(directory, "lib/blocks", file);
    const text = await readFile(path, "utf8");
    if (text.split(from).length !== 2) return "does not apply any more";
    await writeFile(
      path,
      text.replace(from, () => to),
    );
    return await findSeed(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The first seed that fails, and how. */
async function findSeed(directory) {
  const bundle = join(directory, "torture.mjs");
  await bundleSimulations(directory, bundle);
  let found;
  const report = ({ seed, message }) => {
    if (message !== undefined && !(found?.seed < seed)) found = { seed, message };
    return found === undefined;
  };
  await runSeeds(bundle, { seeds: seedsUpTo(most), steps: STEPS, report });
  if (!found) return `NOT noticed by ${most} seeds`;
  return `noticed by seed ${found.seed}: ${found.message.slice(0, 140)}`;
}

function* seedsUpTo(last) {
  for (let seed = 1; seed <= last; seed++) yield seed;
}
