"use server";
import { cookies, headers } from "next/headers";
import { z } from "zod";
import { performAction } from "@/app/perform-action";
import {
  changeRole as changeMemberRole,
  changePassword as changeOwnPassword,
  checkActivity,
  createApiKey,
  createProject as createOwnProject,
  endSession as endOwnSession,
  inviteMember as invite,
  listMyProjects,
  PROJECT_COOKIE,
  removeMember as remove,
  revokeApiKey as revoke,
  withdrawInvitation as withdraw,
} from "@/lib/auth";
import { parseInput } from "@/lib/schemas/parse-input";
import { changePasswordBody, changeRoleBody, createKeyBody, createProjectBody, inviteBody } from "@/lib/schemas/people";
import { AppError } from "@/lib/std/app-error";

const readId = (id: string): string => parseInput(z.string().max(64), id);

export async function inviteMember(body: { role: string; email?: string }) {
  return performAction(async (actor) => ({ invitation: await invite(actor, parseInput(inviteBody, body)) }));
}

export async function withdrawInvitation(id: string) {
  return performAction(async (actor) => {
    await withdraw(actor, readId(id));
    return {};
  });
}

export async function changeRole(userId: string, role: string) {
  return performAction(async (actor) => {
    await changeMemberRole(actor, { userId: readId(userId), ...parseInput(changeRoleBody, { role }) });
    return {};
  });
}

export async function removeMember(userId: string) {
  return performAction(async (actor) => {
    await remove(actor, readId(userId));
    return {};
  });
}

export async function createKey(body: { name: string; role: string }) {
  return performAction(async (actor) => ({ key: await createApiKey(actor, parseInput(createKeyBody, body)) }));
}

export async function revokeKey(publicKey: string) {
  return performAction(async (actor) => {
    await revoke(actor, readId(publicKey));
    return {};
  });
}

export async function endSession(id: string) {
  return performAction(async (actor) => {
    await endOwnSession(actor, readId(id));
    return {};
  });
}

export async function changePassword(body: { current: string; next: string }) {
  return performAction(async (actor) => {
    await changeOwnPassword(actor, parseInput(changePasswordBody, body), { headers: await headers() });
    return {};
  });
}

export async function createProject(name: string) {
  return performAction(async (actor) => {
    await createOwnProject(actor, parseInput(createProjectBody, { name }));
    return {};
  });
}

const YEAR_SECONDS = 365 * 86_400;

/** Which project the console shows from now on: a preference; what is not theirs is ignored where it is read. */
export async function chooseProject(id: string) {
  return performAction(async (actor) => {
    const chosen = (await listMyProjects(actor)).find((project) => project.id === id);
    if (!chosen) throw new AppError("NOT_FOUND", "There is no such project.");
    const secure = (await headers()).get("x-forwarded-proto") === "https";
    const attributes = { httpOnly: true, sameSite: "lax", secure, path: "/", maxAge: YEAR_SECONDS } as const;
    (await cookies()).set(PROJECT_COOKIE, chosen.id, attributes);
    return {};
  });
}

export async function verifyActivity() {
  return performAction(async (actor) => {
    const verdict = await checkActivity(actor);
    const { isWhole, entries } = verdict;
    if (!verdict.isWhole) return { isWhole, sentence: `The chain is broken. ${verdict.problem}` };
    const head = verdict.head === "" ? "" : ` Its head is ${verdict.head.slice(0, 12)}.`;
    return { isWhole, sentence: `The chain is whole: ${entries} ${entries === 1 ? "entry" : "entries"}.${head}` };
  });
}
