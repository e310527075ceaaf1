"use client";
import { useState } from "react";
import { Ago, Countdown, TimeChip } from "@/components/shell/time-chip";
import { Button } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { Field, FieldError, Input } from "@/components/ui/field";
import type { ActionResult } from "@/lib/client/action-result";
import type { InvitationDto, MemberDto, MembersDto, NewInvitationDto } from "@/lib/schemas/people";
import { isAtLeast, type Role } from "@/lib/schemas/role";
import { ListRow, RowList } from "./list-row";
import { RoleSelect } from "./role-select";
import { ShownOnce } from "./shown-once";
import { useAct } from "./use-act";

export interface MemberActions {
  invite: (body: { role: string; email?: string }) => Promise<ActionResult<{ invitation: NewInvitationDto }>>;
  withdraw: (id: string) => Promise<ActionResult>;
  changeRole: (userId: string, role: string) => Promise<ActionResult>;
  remove: (userId: string) => Promise<ActionResult>;
}

export interface MembersScreenProps extends MembersDto {
  /** Who looks: their id, and what they may do. */
  me: { userId: string | null; role: Role; mayManage: boolean };
  actions: MemberActions;
}

/** Who belongs to the project, the links that wait for somebody, and a form for a new one. */
export function MembersScreen({ members, invitations, me, actions }: MembersScreenProps) {
  return (
    <>
      <RowList label="Members">
        {members.map((member) => (
          <MemberRow key={member.user_id} member={member} me={me} actions={actions} />
        ))}
      </RowList>
      {invitations.length > 0 && (
        <RowList label="Invitations that nobody has used">
          {invitations.map((invitation) => (
            <InvitationRow key={invitation.id} invitation={invitation} me={me} actions={actions} />
          ))}
        </RowList>
      )}
      {me.mayManage ? (
        <InviteForm me={me} actions={actions} />
      ) : (
        <p className="text-fg-3">An admin can invite others.</p>
      )}
    </>
  );
}

type RowProps = Pick<MembersScreenProps, "me" | "actions">;

function MemberRow({ member, me, actions }: RowProps & { member: MemberDto }) {
  const { pending, press } = useAct();
  const mayChange = me.mayManage && isAtLeast(me.role, member.role);
  const isMe = member.user_id === me.userId;
  return (
    <ListRow
      first={
        <>
          <span className="font-medium">{member.name}</span> {isMe && <span className="text-fg-3">you</span>}
        </>
      }
      second={
        <>
          {member.email} · joined <TimeChip at={member.joined} />
        </>
      }
    >
      {mayChange ? (
        <RoleSelect
          brief
          upTo={me.role}
          aria-label={`Role of ${member.email}`}
          className="w-auto"
          value={member.role}
          disabled={pending}
          onChange={(event) =>
            press(actions.changeRole(member.user_id, event.target.value), `${member.name} is now ${event.target.value}`)
          }
        />
      ) : (
        <span className="text-fg-2">{member.role}</span>
      )}
      {mayChange && !isMe && (
        <Button
          size="sm"
          variant="dangerOutline"
          pending={pending}
          onClick={() => press(actions.remove(member.user_id), `${member.name} was removed and signed out`)}
          aria-label={`Remove ${member.email}`}
        >
          Remove
        </Button>
      )}
    </ListRow>
  );
}

function InvitationRow({ invitation, me, actions }: RowProps & { invitation: InvitationDto }) {
  const { pending, press } = useAct();
  const whom = invitation.email ?? "Whoever has the link";
  return (
    <ListRow
      first={
        <>
          {whom} · {invitation.role}
        </>
      }
      second={
        <>
          by {invitation.created_by ?? "–"} · ends <TimeChip at={invitation.expires} />{" "}
          <Countdown to={invitation.expires} /> · made <Ago at={invitation.created} />
        </>
      }
    >
      {me.mayManage && (
        <Button
          size="sm"
          pending={pending}
          onClick={() => press(actions.withdraw(invitation.id), "The link cannot be used any more")}
          aria-label={`Withdraw the invitation of ${whom}`}
        >
          Withdraw
        </Button>
      )}
    </ListRow>
  );
}

function InviteForm({ me, actions }: RowProps) {
  const { pending, failure, submit } = useAct();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<string>("developer");
  const [link, setLink] = useState<string>();

  async function invite() {
    const made = await submit(actions.invite({ role, ...(email && { email }) }));
    setLink(made?.invitation.link);
    if (made) setEmail("");
  }

  return (
    <SectionCard headingId="invite" title="Invite somebody">
      <form
        className="flex flex-col gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          invite();
        }}
      >
        <Field label="Role" error={failure?.field === "role" ? failure.message : undefined}>
          {(ids) => (
            <RoleSelect {...ids} upTo={me.role} value={role} onChange={(event) => setRole(event.target.value)} />
          )}
        </Field>
        <Field
          label="E-mail"
          hint="A note for you; nothing is sent. Whoever has the link may use it, once, within a week."
          error={failure?.field === "email" ? failure.message : undefined}
        >
          {(ids) => <Input {...ids} type="email" value={email} onChange={(event) => setEmail(event.target.value)} />}
        </Field>
        {failure && !failure.field && <FieldError role="alert">{failure.message}</FieldError>}
        <Button type="submit" variant="primary" pending={pending} className="self-start">
          Create link
        </Button>
        {link && <ShownOnce what="The link" text={link} copy="Copy link" />}
      </form>
    </SectionCard>
  );
}
