import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { ActivityScreen } from "@/components/activity/activity-screen";
import { Notice } from "@/components/ui/notice";
import { listActivity } from "@/lib/auth";
import { auditQuery } from "@/lib/schemas/audit";
import { forbidden } from "../forbidden";
import { verifyActivity } from "../settings/actions";

export const metadata: Metadata = { title: "Activity" };

export default async function ActivityPage({ searchParams }: PageProps<"/activity">) {
  const asked = Object.entries(await searchParams).flatMap(([name, value]) =>
    typeof value === "string" && value !== "" ? [[name, value] as const] : [],
  );
  const filter: Record<string, string> = Object.fromEntries(asked);
  const parsed = auditQuery.safeParse(filter);
  if (!parsed.success)
    return (
      <Notice tone="danger" role="alert">
        This address filters by something that is not understood: {parsed.error.issues[0]?.path.join(".") || "a field"}.
      </Notice>
    );
  const actor = await loadActor();
  return forbidden(async () => (
    <ActivityScreen {...(await listActivity(actor, parsed.data))} filter={filter} check={verifyActivity} />
  ));
}
