import type { Metadata } from "next";
import { loadActor } from "@/app/load-actor";
import { MembersScreen } from "@/components/settings/members-screen";
import { isAllowed, listMembers } from "@/lib/auth";
import { changeRole, inviteMember, removeMember, withdrawInvitation } from "../actions";

export const metadata: Metadata = { title: "Members" };

export default async function MembersPage() {
  const actor = await loadActor();
  const { userId, role } = actor;
  return (
    <MembersScreen
      {...(await listMembers(actor))}
      me={{ userId, role, mayManage: isAllowed(actor, "members.invite") }}
      actions={{ invite: inviteMember, withdraw: withdrawInvitation, changeRole, remove: removeMember }}
    />
  );
}
