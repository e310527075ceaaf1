import type { Metadata } from "next";
import { SchemaPage } from "../../../schema-page";

export const metadata: Metadata = { title: "Schema" };

export default async function Page({ params, searchParams }: PageProps<"/services/[id]/schema">) {
  return <SchemaPage id={(await params).id} section="services" query={await searchParams} />;
}
