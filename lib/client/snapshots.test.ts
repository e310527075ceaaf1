import { describe, expect, test } from "vitest";
import { aFork, aService, aSnapshot } from "@/lib/testing/service-fixtures";
import { listForksOf, listSnapshotDeletionFacts, listSnapshotEntries, searchSnapshots } from "./snapshots";

const receipt = (snapshot_id: string | null) => ({
  exact: true,
  moments_missing: 0,
  fork_strategy: "LAST_SNAPSHOT" as const,
  requested_time: null,
  commit: 812,
  commit_time: null,
  first_left_out_time: null,
  snapshot_id,
});
const snapshot = aSnapshot({ id: "snapshot00" });
const services = [
  aFork("try-index", { receipt: receipt("snapshot00") }),
  aFork("incident-0412", { receipt: receipt("snapshot00") }),
  aFork("other", { receipt: receipt(null) }),
];

describe("deleting a snapshot", () => {
  test("names the forks that were made of it, and says that they keep their data", () => {
    const facts = listSnapshotDeletionFacts(listForksOf(snapshot, services));
    expect(facts[0]).toBe(
      "2 forks use this snapshot: try-index, incident-0412. They keep working and keep all their data.",
    );
  });

  test("says that nothing depends on it when nothing does", () => {
    expect(listSnapshotDeletionFacts([])[0]).toBe("No fork was made of it.");
  });
});

test("snapshots of all services are listed newest first, and those of a service that has gone are not", () => {
  const at = (id: string, taken_time: string) => aSnapshot({ id, taken_time });
  const entries = listSnapshotEntries(
    [
      {
        service_id: "aaaaaaaaaa",
        snapshots: [at("a-new", "2026-11-23T12:00:00.000000Z"), at("a-old", "2026-11-23T10:00:00.000000Z")],
      },
      { service_id: "bbbbbbbbbb", snapshots: [at("b", "2026-11-23T11:00:00.000000Z")] },
      { service_id: "gone000000", snapshots: [at("c", "2026-11-23T11:30:00.000000Z")] },
      { service_id: "silent0000", snapshots: null },
    ],
    [
      aService({ service_id: "aaaaaaaaaa" }),
      aService({ service_id: "bbbbbbbbbb" }),
      aService({ service_id: "silent0000" }),
    ],
  );
  expect(entries.map(({ snapshot }) => snapshot.id)).toEqual(["a-new", "b", "a-old"]);
});

test("a search finds snapshots by their own name and by that of their service", () => {
  const entries = [
    { service: aService({ name: "billing" }), snapshot: aSnapshot({ id: "one0000000", name: "before-upgrade" }) },
    { service: aService(), snapshot: aSnapshot({ id: "two0000000", name: "2026-11-23 17:00" }) },
  ];
  const find = (text: string) => searchSnapshots(entries, text).map(({ snapshot: { id } }) => id);
  expect([find(" Bill"), find("upgrade"), find("17:00"), find("nothing")]).toEqual([
    ["one0000000"],
    ["one0000000"],
    ["two0000000"],
    [],
  ]);
  expect(find("")).toHaveLength(2);
});
