"use client";
import { useState } from "react";
import { Ago, TimeChip } from "@/components/shell/time-chip";
import { Button } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { Field, FieldError, Input } from "@/components/ui/field";
import type { ActionResult } from "@/lib/client/action-result";
import type { SessionDto } from "@/lib/schemas/people";
import { ListRow, RowList } from "./list-row";
import { useAct } from "./use-act";

export interface SessionActions {
  end: (id: string) => Promise<ActionResult>;
  changePassword: (body: { current: string; next: string }) => Promise<ActionResult>;
}

/** Where the person is signed in, and their password. */
export function SessionsScreen({ sessions, actions }: { sessions: readonly SessionDto[]; actions: SessionActions }) {
  return (
    <>
      <RowList label="Sessions">
        {sessions.map((session) => (
          <SessionRow key={session.id} session={session} end={actions.end} />
        ))}
      </RowList>
      <PasswordForm changePassword={actions.changePassword} />
    </>
  );
}

function SessionRow({ session, end }: { session: SessionDto; end: SessionActions["end"] }) {
  const { pending, press } = useAct();
  const { id, created, expires, address, user_agent, current } = session;
  return (
    <ListRow
      first={
        <>
          <span className="font-medium">{address ?? "Unknown address"}</span>{" "}
          {current && <span className="text-fg-3">this session</span>}
        </>
      }
      second={
        <>
          began <TimeChip at={created} /> <Ago at={created} /> · ends <TimeChip at={expires} />
          <br />
          {user_agent ?? "Unknown browser"}
        </>
      }
    >
      {!current && (
        <Button
          size="sm"
          pending={pending}
          onClick={() => press(end(id), "The session has ended")}
          aria-label={`End the session from ${address ?? "an unknown address"}`}
        >
          End session
        </Button>
      )}
    </ListRow>
  );
}

const EMPTY = { current: "", next: "" };

function PasswordForm({ changePassword }: Pick<SessionActions, "changePassword">) {
  const { pending, failure, submit } = useAct();
  const [words, setWords] = useState(EMPTY);
  const [done, setDone] = useState(false);

  async function change() {
    const changed = await submit(changePassword(words));
    setDone(changed !== undefined);
    if (changed) setWords(EMPTY);
  }

  return (
    <SectionCard headingId="password" title="Change your password">
      <form
        className="flex flex-col gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          change();
        }}
      >
        <Field label="Present password" error={failure?.field === "current" ? failure.message : undefined}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              autoComplete="current-password"
              value={words.current}
              onChange={(event) => setWords({ ...words, current: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="New password"
          hint="At least 12 characters. Every other session of yours ends."
          error={failure?.field === "next" ? failure.message : undefined}
        >
          {(ids) => (
            <Input
              {...ids}
              type="password"
              autoComplete="new-password"
              value={words.next}
              onChange={(event) => setWords({ ...words, next: event.target.value })}
            />
          )}
        </Field>
        {failure && !failure.field && <FieldError role="alert">{failure.message}</FieldError>}
        <div className="flex items-center gap-3">
          <Button type="submit" pending={pending}>
            Change password
          </Button>
          <span role="status" className="text-fg-2">
            {done && "Changed. Other sessions have ended."}
          </span>
        </div>
      </form>
    </SectionCard>
  );
}
