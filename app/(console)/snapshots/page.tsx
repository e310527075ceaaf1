import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { SnapshotsScreen } from "@/components/history/snapshots-screen";
import { historyKeys } from "@/lib/client/history";
import { Hydrated } from "../hydrated";
import { loadSnapshots } from "../load-history";

export const metadata: Metadata = { title: "Snapshots" };

export default async function SnapshotsPage() {
  const snapshots = await loadSnapshots(await loadActor());
  return (
    <Hydrated data={[[historyKeys.snapshots, snapshots]]}>
      <SnapshotsScreen />
    </Hydrated>
  );
}
