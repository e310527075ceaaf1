import {
  changeRole,
  checkActivity,
  createApiKey,
  endSession,
  inviteMember,
  listActivity,
  listApiKeys,
  listMembers,
  listSessions,
  removeMember,
  revokeApiKey,
  withdrawInvitation,
} from "@/lib/auth";
import { auditQuery } from "@/lib/schemas/audit";
import { changeRoleBody, createKeyBody, inviteBody } from "@/lib/schemas/people";
import { route } from "./endpoint";
import { readJson, readQuery } from "./read-json";

/** `P/members`: who belongs to the project, and one-time links into it. */
export const membersRoute = route({
  GET: async ({ actor }) => ({ status: 200, body: await listMembers(actor) }),
  POST: async ({ actor, request }) => ({
    status: 201,
    body: await inviteMember(actor, await readJson(request, inviteBody)),
  }),
});

/** `P/members/{user_id}` */
export const memberRoute = route({
  PUT: async ({ actor, request, param }) => {
    const { role } = await readJson(request, changeRoleBody);
    return { status: 200, body: await changeRole(actor, { userId: param("user_id"), role }) };
  },
  DELETE: async ({ actor, param }) => {
    await removeMember(actor, param("user_id"));
    return { status: 204 };
  },
});

/** `P/invitations/{id}` */
export const invitationRoute = route({
  DELETE: async ({ actor, param }) => {
    await withdrawInvitation(actor, param("invitation_id"));
    return { status: 204 };
  },
});

/** `P/keys` */
export const keysRoute = route({
  GET: async ({ actor }) => ({ status: 200, body: await listApiKeys(actor) }),
  POST: async ({ actor, request }) => ({
    status: 201,
    body: await createApiKey(actor, await readJson(request, createKeyBody)),
  }),
});

/** `P/keys/{public_key}` */
export const keyRoute = route({
  DELETE: async ({ actor, param }) => {
    await revokeApiKey(actor, param("public_key"));
    return { status: 204 };
  },
});

/** `/sessions`: of the person behind the key. */
export const sessionsRoute = route({
  GET: async ({ actor }) => ({ status: 200, body: await listSessions(actor) }),
});

/** `/sessions/{id}` */
export const sessionRoute = route({
  DELETE: async ({ actor, param }) => {
    await endSession(actor, param("session_id"));
    return { status: 204 };
  },
});

/** `P/audit` */
export const auditRoute = route({
  GET: async ({ actor, request }) => ({
    status: 200,
    body: await listActivity(actor, readQuery(request, auditQuery)),
  }),
});

/** `P/audit/chain`: whether every entry is there and as it was written. */
export const auditChainRoute = route({
  GET: async ({ actor }) => {
    const { isWhole, ...facts } = await checkActivity(actor);
    return { status: 200, body: { is_whole: isWhole, ...facts } };
  },
});
