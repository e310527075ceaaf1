import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { ProjectsScreen } from "@/components/settings/projects-screen";
import { isAllowed, listMyProjects } from "@/lib/auth";
import { chooseProject, createProject } from "../actions";

export const metadata: Metadata = { title: "Projects" };

export default async function ProjectsPage() {
  const actor = await loadActor();
  return (
    <ProjectsScreen
      projects={await listMyProjects(actor)}
      mayCreate={isAllowed(actor, "project.create")}
      actions={{ create: createProject, choose: chooseProject }}
    />
  );
}
