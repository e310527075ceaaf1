import { redirect } from "next/navigation";

/** The address that the public API's command line prints; there are no settings yet. */
export default function DashboardSettingsPage() {
  redirect("/services");
}
