import { redirect } from "next/navigation";
import { loadActor } from "@/app/load-actor";
import { SchemaScreen } from "@/components/schema/schema-screen";
import { Gone } from "@/components/services/gone";
import { serviceHref } from "@/lib/client/routes";
import { readSchemaView } from "@/lib/client/schema";
import { serviceKeys } from "@/lib/client/services";
import { AppError } from "@/lib/std/app-error";
import { Hydrated } from "./hydrated";
import { loadServiceDetail } from "./load-data";

export interface SchemaPageProps {
  readonly id: string;
  readonly section: "services" | "forks";
  readonly query: Readonly<Record<string, string | string[] | undefined>>;
}

/** The schema of a service or fork, under the section that it has its page in. */
export async function SchemaPage({ id, section, query }: SchemaPageProps) {
  const detail = await findDetail(id);
  if (!detail) return <Gone />;
  const { service } = detail;
  const href = serviceHref(service);
  if (!href.startsWith(`/${section}/`)) redirect(`${href}/schema`);
  return (
    <Hydrated data={[[serviceKeys.detail(id), detail]]}>
      <SchemaScreen service={service} initial={readSchemaView(service, query.against)} />
    </Hydrated>
  );
}

async function findDetail(id: string) {
  try {
    return await loadServiceDetail(await loadActor(), id);
  } catch (error) {
    if (error instanceof AppError && (error.code === "NOT_FOUND" || error.code === "GONE")) return undefined;
    throw error;
  }
}
