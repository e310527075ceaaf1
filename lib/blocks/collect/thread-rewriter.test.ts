import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { silentLog } from "@/lib/std/log";
import { seededRandom } from "@/lib/std/random";
import { bundleKeeper } from "@/lib/testing/keeper-bundle";
import { nodeDevice } from "../device/node-device";
import { Keeper } from "../keeper/keeper";
import { BLOCK_BYTES } from "../log/format";
import { logPath, segmentPath } from "../log/store-paths";
import { chooseLive, expectedContent, scanSealedSegments } from "../simulation/sealed-segments";
import { openVolume } from "../volume/open-volume";
import { installRewrite, type RewriteJob } from "./rewrite-segment";
import { ThreadRewriter } from "./thread-rewriter";

let bundle: Awaited<ReturnType<typeof bundleKeeper>>;
let dir: string;
let rewriter: ThreadRewriter;

beforeAll(async () => {
  bundle = await bundleKeeper();
});
afterAll(() => bundle.remove());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "offshoot-collect-"));
  rewriter = new ThreadRewriter(pathToFileURL(bundle.keeperEntry));
});
afterEach(async () => {
  await rewriter.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A log with segments of a few MiB; jobs that keep a share of each. */
function makeJobs(share: number): RewriteJob[] {
  const keeper = new Keeper({ device: nodeDevice, storeDir: dir, log: silentLog });
  keeper.create("v", 1);
  const volume = openVolume({ ...keeper.openWriter("v"), barrier: false });
  const random = seededRandom(1);
  const inode = volume.create("/f", 0o600);
  for (let commit = 0; commit < 40; commit++) {
    for (let block = 0; block < 100; block++)
      volume.write(inode, Buffer.alloc(BLOCK_BYTES, 1 + random.int(255)), random.int(4000) * BLOCK_BYTES);
    volume.commit();
  }
  volume.close();
  keeper.close();
  const segments = scanSealedSegments(nodeDevice, dir, 1).filter(({ pieces }) => pieces.length > 10);
  return segments.map((segment) => chooseLive(segment, { random, share, storeDir: dir }));
}

const pathOf = (job: RewriteJob) => segmentPath(dir, job.log, job.segment);

describe("the collector's thread", () => {
  test("rewrites segments on a real disk, and what is dead takes no room any more", async () => {
    const jobs = makeJobs(0.1);
    expect(jobs.length).toBeGreaterThan(0);
    await Promise.all(
      jobs.map(async (job) => {
        const old = readFileSync(pathOf(job));
        const result = await rewriter.rewrite(job);
        expect(readFileSync(pathOf(job)).equals(old)).toBe(true);
        installRewrite(nodeDevice, job);
        expect(readFileSync(pathOf(job)).equals(expectedContent(old, job))).toBe(true);
        expect(result).toEqual({ outcome: "written", allocatedBytes: statSync(pathOf(job)).blocks * 512 });
        expect(statSync(pathOf(job)).blocks * 512).toBeLessThan(old.length / 4);
      }),
    );
    expect(readdirSync(logPath(dir, 1)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("keeps to the rate that it was given", async () => {
    const [job] = makeJobs(0.3) as [RewriteJob];
    const bytes = 2 * job.live.reduce((sum, units, index) => sum + (index % 2 === 1 ? units * 4096 : 0), 0);
    const started = performance.now();
    await rewriter.rewrite({ ...job, bytesPerSecond: bytes * 5 });
    expect(performance.now() - started).toBeGreaterThan(150);
  });

  test("says what failed, and goes on with the next job", async () => {
    const [job] = makeJobs(0.5) as [RewriteJob];
    await expect(rewriter.rewrite({ ...job, segment: 999 })).rejects.toMatchObject({ code: "EIO" });
    await expect(rewriter.rewrite(job)).resolves.toMatchObject({ outcome: "written" });
  });

  test("ends at once when it is closed, whatever is under way", async () => {
    const [job] = makeJobs(0.5) as [RewriteJob];
    const old = readFileSync(pathOf(job));
    const slow = rewriter.rewrite({ ...job, bytesPerSecond: 1 });
    const waiting = rewriter.rewrite(job);
    const refused = Promise.all([
      expect(slow).rejects.toMatchObject({ code: "EIO" }),
      expect(waiting).rejects.toMatchObject({ code: "EIO" }),
    ]);
    await rewriter.close();
    await refused;
    await expect(rewriter.rewrite(job)).rejects.toMatchObject({ code: "EIO" });
    expect(readFileSync(pathOf(job)).equals(old)).toBe(true);
  });
});
