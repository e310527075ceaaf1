import { redirect } from "next/navigation";

/** The address that the public API's command line prints; a person goes there for an API key. */
export default function DashboardSettingsPage() {
  redirect("/settings/keys");
}
