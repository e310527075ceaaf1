import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { computeAccrued, computeAvoided, sumOf } from "./cost";
import { computeForecast, computePerHour, computeSavedPerHour } from "./forecast";
import { EXAMPLE_PRICES } from "./price-book";

const page = readFileSync(fileURLToPath(new URL("../../docs/cost.md", import.meta.url)), "utf8");
const example = page.slice(page.indexOf("## A worked example"));
const rows = [...example.matchAll(/^\| `(\w+)` \|.*?\| ?([\d,]+) \|$|^\| `(\w+)` \| ([\d,]+) \|$/gm)];
const figures = new Map(
  rows.map(([, name, figure, plainName, plain]) => [
    name ?? plainName,
    BigInt((figure ?? plain ?? "").replaceAll(",", "")),
  ]),
);
const read = (name: string): bigint => {
  const figure = figures.get(name);
  if (figure === undefined) throw new Error(`docs/cost.md has no row ${name}`);
  return figure;
};

test("the worked example of docs/cost.md is what the formulas give", () => {
  const book = { ...EXAMPLE_PRICES, id: "example000", effectiveFromMs: 0, isExample: true };
  const size = { cpuMillis: 500, memoryGbs: 2 };
  const used = {
    ...size,
    computeMs: read("compute_ms"),
    writtenByteMs: read("written_byte_ms"),
    pinnedByteMs: read("pinned_byte_ms"),
    logicalByteMs: read("logical_byte_ms"),
  };
  const accrued = computeAccrued([{ book, usage: [used] }]);
  const bytes = { written: Number(read("written_bytes")), pinned: Number(read("pinned_bytes")), logical: 0 };
  const burning = { ...size, isRunning: true, bytes };
  const growth = { bytes: Number(read("grown_bytes")), overMs: Number(read("grown_over_ms")) };
  const { low, high } = computeForecast(burning, { fromMs: 0, toMs: Number(read("left_ms")), growth }, [book]);
  const frees = { freesBytes: bytes.written + bytes.pinned, pinnedBytes: bytes.pinned };
  const computed = {
    compute: accrued.compute,
    storage: accrued.storage,
    pinned: accrued.pinned,
    accrued: sumOf(accrued),
    full_copy: accrued.fullCopy,
    avoided: computeAvoided(accrued),
    per_hour: sumOf(computePerHour(burning, book)),
    low,
    high,
    saved_per_hour: computeSavedPerHour(burning, frees, book),
  };
  expect(computed).toEqual(Object.fromEntries(Object.keys(computed).map((name) => [name, read(name)])));
});

test("the prices that docs/cost.md calls the example are the example", () => {
  const { vcpuHour, gibHour, storageGibMonth } = EXAMPLE_PRICES;
  const said = [vcpuHour, gibHour, storageGibMonth].map((price) => price.toLocaleString("en-US"));
  for (const price of said) expect(page).toContain(`| ${price} (`);
});
