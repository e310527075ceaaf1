import type { Metadata } from "next";
import { DetailPage, loadDetailTitle } from "../../detail-page";

export async function generateMetadata({ params }: PageProps<"/services/[id]">): Promise<Metadata> {
  return { title: await loadDetailTitle((await params).id) };
}

export default async function Page({ params }: PageProps<"/services/[id]">) {
  return <DetailPage id={(await params).id} section="services" />;
}
