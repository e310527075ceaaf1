import type { ReactNode } from "react";
import { loadActor } from "@/app/load-actor";
import { SettingsFrame } from "@/components/settings/settings-frame";
import { getProject } from "@/lib/services";

export default async function SettingsLayout({ children }: { children: ReactNode }) {
  const { name } = await getProject(await loadActor());
  return <SettingsFrame project={name}>{children}</SettingsFrame>;
}
