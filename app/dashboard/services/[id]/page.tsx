import { redirect } from "next/navigation";

/** The address that the public API's command line prints; the page itself knows a fork from a service. */
export default async function DashboardServicePage({ params }: PageProps<"/dashboard/services/[id]">) {
  const { id } = await params;
  redirect(`/services/${encodeURIComponent(id)}`);
}
