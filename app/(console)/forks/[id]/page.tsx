import type { Metadata } from "next";
import { DetailPage, loadDetailTitle } from "../../detail-page";

export async function generateMetadata({ params }: PageProps<"/forks/[id]">): Promise<Metadata> {
  return { title: await loadDetailTitle((await params).id) };
}

export default async function Page({ params }: PageProps<"/forks/[id]">) {
  return <DetailPage id={(await params).id} section="forks" />;
}
