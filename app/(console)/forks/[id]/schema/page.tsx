import type { Metadata } from "next";
import { SchemaPage } from "../../../schema-page";

export const metadata: Metadata = { title: "Schema" };

export default async function Page({ params, searchParams }: PageProps<"/forks/[id]/schema">) {
  return <SchemaPage id={(await params).id} section="forks" query={await searchParams} />;
}
