import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleTorture } from "./bundle.mjs";

const MOMENTS = 12;
const KILLS = 2;
const MINUTES_5 = 300_000;

// A sample that is another one each time; npm run torture:postgres runs more of it.
const seed = randomInt(2 ** 31);
const options = { seed, moments: MOMENTS, kills: KILLS, timescaledb: false, progress() {} };

let bundle: Awaited<ReturnType<typeof bundleTorture>>;
let torture: typeof import("./torture");
let place: { bundleDir: string; dir: string };

beforeAll(async () => {
  bundle = await bundleTorture();
  torture = await import(join(bundle.dir, "torture.mjs"));
  place = { bundleDir: bundle.dir, dir: await mkdtemp(join(tmpdir(), "offshoot-history-")) };
});
afterAll(async () => {
  await bundle.remove();
  await rm(place.dir, { recursive: true, force: true });
});

test(`forks of random moments hold exactly what was acknowledged up to them (seed ${seed})`, {
  timeout: MINUTES_5,
}, async () => {
  expect(await torture.runMoments(place, options)).toMatchObject({ moments: MOMENTS });
});

test(`a process that is killed amid everything loses nothing it acknowledged (seed ${seed})`, {
  timeout: MINUTES_5,
}, async () => {
  const { kills } = await torture.runKills(place, options);
  expect(kills).toBeGreaterThanOrEqual(KILLS);
});
