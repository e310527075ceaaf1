import { redirect } from "next/navigation";
import { cache } from "react";
import { loadActor } from "@/app/load-actor";
import { DetailScreen } from "@/components/services/detail-screen";
import { Gone } from "@/components/services/gone";
import { serviceHref } from "@/lib/client/routes";
import type { ServiceDetailData } from "@/lib/client/services";
import { serviceKeys } from "@/lib/client/services";
import { getProject } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { Hydrated } from "./hydrated";
import { loadServiceDetail } from "./load-data";
import { armItem, setAllowList, setEnvironment, setProtection } from "./safety-actions";

/** The page of a service or fork under either section: each has one address, the other leads there. */
export async function DetailPage({ id, section }: { id: string; section: "services" | "forks" }) {
  const detail = await findDetail(id);
  if (!detail) return <Gone />;
  const href = serviceHref(detail.service);
  if (!href.startsWith(`/${section}/`)) redirect(href);
  const project = await getProject(await loadActor());
  return (
    <Hydrated data={[[serviceKeys.detail(id), detail]]}>
      <DetailScreen serviceId={id} graceSeconds={project.grace_seconds} safety={SAFETY} />
    </Hydrated>
  );
}

const SAFETY = { armItem, setAllowList, setProtection, setEnvironment };

/** The name for the tab. */
export async function loadDetailTitle(id: string): Promise<string> {
  return (await findDetail(id))?.service.name ?? "No such service";
}

const findDetail = cache(async (id: string): Promise<ServiceDetailData | undefined> => {
  const actor = await loadActor();
  try {
    return await loadServiceDetail(actor, id);
  } catch (error) {
    if (error instanceof AppError && (error.code === "NOT_FOUND" || error.code === "GONE")) return undefined;
    throw error;
  }
});
