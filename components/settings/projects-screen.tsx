"use client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { Field, FieldError, Input } from "@/components/ui/field";
import type { ActionResult } from "@/lib/client/action-result";
import type { MyProjectDto } from "@/lib/schemas/people";
import { ListRow, RowList } from "./list-row";
import { useAct } from "./use-act";

export interface ProjectActions {
  create: (name: string) => Promise<ActionResult>;
  choose: (id: string) => Promise<ActionResult>;
}

export interface ProjectsScreenProps {
  projects: readonly MyProjectDto[];
  mayCreate: boolean;
  actions: ProjectActions;
}

/** The projects that the person belongs to: the console shows one of them. */
export function ProjectsScreen({ projects, mayCreate, actions }: ProjectsScreenProps) {
  const { pending, failure, submit } = useAct();

  // The whole page anew: nothing that the browser has cached of one project may be shown in another.
  async function open(project: MyProjectDto) {
    if (await submit(actions.choose(project.id))) window.location.assign("/services");
  }

  return (
    <>
      <RowList label="Projects">
        {projects.map((project) => (
          <ListRow
            key={project.id}
            first={<span className="font-medium">{project.name}</span>}
            second={
              <>
                <code className="font-mono">{project.id}</code> · {project.role}
              </>
            }
          >
            {project.current ? (
              <span className="text-fg-2">shown now</span>
            ) : (
              <Button size="sm" pending={pending} onClick={() => open(project)} aria-label={`Open ${project.name}`}>
                Open
              </Button>
            )}
          </ListRow>
        ))}
      </RowList>
      {failure && <FieldError role="alert">{failure.message}</FieldError>}
      {mayCreate && <CreateForm create={actions.create} />}
    </>
  );
}

function CreateForm({ create }: Pick<ProjectActions, "create">) {
  const { pending, failure, submit } = useAct();
  const [name, setName] = useState("");
  return (
    <SectionCard headingId="create-project" title="Create a project">
      <form
        className="flex flex-col gap-4"
        noValidate
        onSubmit={async (event) => {
          event.preventDefault();
          if (await submit(create(name))) setName("");
        }}
      >
        <Field
          label="Name"
          hint="It has its own services, members, keys and prices. You own it."
          error={failure?.field === "name" ? failure.message : undefined}
        >
          {(ids) => <Input {...ids} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        {failure && !failure.field && <FieldError role="alert">{failure.message}</FieldError>}
        <Button type="submit" pending={pending} className="self-start">
          Create project
        </Button>
      </form>
    </SectionCard>
  );
}
