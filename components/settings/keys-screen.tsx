"use client";
import { useState } from "react";
import { Ago, TimeChip } from "@/components/shell/time-chip";
import { Button } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Field, FieldError, Input } from "@/components/ui/field";
import type { ActionResult } from "@/lib/client/action-result";
import type { ApiKeyDto, NewApiKeyDto } from "@/lib/schemas/people";
import type { Role } from "@/lib/schemas/role";
import { ListRow, RowList } from "./list-row";
import { RoleSelect } from "./role-select";
import { ShownOnce } from "./shown-once";
import { useAct } from "./use-act";

export interface KeyActions {
  create: (body: { name: string; role: string }) => Promise<ActionResult<{ key: NewApiKeyDto }>>;
  revoke: (publicKey: string) => Promise<ActionResult>;
}

export interface KeysScreenProps {
  keys: readonly ApiKeyDto[];
  role: Role;
  actions: KeyActions;
}

/** The project's keys for scripts and machines, and a form for a new one. */
export function KeysScreen({ keys, role, actions }: KeysScreenProps) {
  return (
    <>
      {keys.length === 0 ? (
        <EmptyState title="No API keys">A script signs in with one, and may do what its role may.</EmptyState>
      ) : (
        <RowList label="API keys">
          {keys.map((key) => (
            <KeyRow key={key.public_key} apiKey={key} actions={actions} />
          ))}
        </RowList>
      )}
      <CreateForm role={role} actions={actions} />
    </>
  );
}

function KeyRow({ apiKey, actions }: { apiKey: ApiKeyDto; actions: KeyActions }) {
  const { pending, press } = useAct();
  const { name, public_key, role, created, created_by, last_used } = apiKey;
  return (
    <ListRow
      first={
        <>
          <span className="font-medium">{name}</span> · {role}
        </>
      }
      second={
        <>
          <code className="font-mono">{public_key}</code> · made <TimeChip at={created} />
          {created_by && ` by ${created_by}`} ·{" "}
          {last_used ? (
            <>
              used <TimeChip at={last_used} /> <Ago at={last_used} />
            </>
          ) : (
            "never used"
          )}
        </>
      }
    >
      <Button
        size="sm"
        variant="dangerOutline"
        pending={pending}
        onClick={() => press(actions.revoke(public_key), `${name} cannot be used any more`)}
        aria-label={`Revoke ${name}`}
      >
        Revoke
      </Button>
    </ListRow>
  );
}

function CreateForm({ role: upTo, actions }: Pick<KeysScreenProps, "role" | "actions">) {
  const { pending, failure, submit } = useAct();
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("developer");
  const [made, setMade] = useState<NewApiKeyDto>();

  async function create() {
    const result = await submit(actions.create({ name, role }));
    setMade(result?.key);
    if (result) setName("");
  }

  return (
    <SectionCard headingId="create-key" title="Create an API key">
      <form
        className="flex flex-col gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          create();
        }}
      >
        <Field
          label="Name"
          hint="Of the script or machine that uses it."
          error={failure?.field === "name" ? failure.message : undefined}
        >
          {(ids) => <Input {...ids} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Role" error={failure?.field === "role" ? failure.message : undefined}>
          {(ids) => <RoleSelect {...ids} upTo={upTo} value={role} onChange={(event) => setRole(event.target.value)} />}
        </Field>
        {failure && !failure.field && <FieldError role="alert">{failure.message}</FieldError>}
        <Button type="submit" variant="primary" pending={pending} className="self-start">
          Create key
        </Button>
        {made && <ShownOnce what="The secret" text={`${made.public_key}:${made.secret}`} copy="Copy public:secret" />}
      </form>
    </SectionCard>
  );
}
