import { z } from "zod";
import { emailAddress, newPassword } from "./account";
import { type Role, role } from "./role";

const NAME_MAX = 128;

const roleField = z.enum(role.options, "This must be viewer, developer, admin or owner.");

const nameField = z
  .string()
  .trim()
  .min(1, "Give it a name.")
  .max(NAME_MAX, `A name has at most ${NAME_MAX} characters.`);

/** Whom a link into the project is for: a role, and as a note an address. */
export const inviteBody = z.strictObject({ role: roleField, email: emailAddress.optional() });
export type InviteBody = z.infer<typeof inviteBody>;

export const changeRoleBody = z.strictObject({ role: roleField });

export const createKeyBody = z.strictObject({ name: nameField, role: roleField });
export type CreateKeyBody = z.infer<typeof createKeyBody>;

export const createProjectBody = z.strictObject({ name: nameField });

/** What somebody without an account enters behind an invitation. */
export const joinBody = z.strictObject({
  token: z.string(),
  email: emailAddress,
  password: newPassword,
  name: z.string().trim().max(NAME_MAX, `A name has at most ${NAME_MAX} characters.`).optional(),
});

export const changePasswordBody = z.strictObject({
  current: z.string().min(1, "Enter your password."),
  next: newPassword,
});

export interface MemberDto {
  readonly user_id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly joined: string;
}

export interface InvitationDto {
  readonly id: string;
  readonly role: Role;
  readonly email: string | null;
  readonly created: string;
  readonly created_by: string | null;
  readonly expires: string;
}

export interface MembersDto {
  readonly members: readonly MemberDto[];
  /** Links that nobody has used yet. */
  readonly invitations: readonly InvitationDto[];
}

/** A new invitation: the link is shown this once. */
export interface NewInvitationDto extends InvitationDto {
  readonly link: string;
}

export interface ApiKeyDto {
  readonly public_key: string;
  readonly name: string;
  readonly role: Role;
  readonly created: string;
  readonly created_by: string | null;
  /** Exact to a minute. */
  readonly last_used: string | null;
}

/** A new key: the secret is shown this once. */
export interface NewApiKeyDto extends ApiKeyDto {
  readonly secret: string;
}

export interface SessionDto {
  readonly id: string;
  readonly created: string;
  readonly last_used: string;
  readonly expires: string;
  readonly address: string | null;
  readonly user_agent: string | null;
  /** The one that asks. */
  readonly current: boolean;
}

export interface MyProjectDto {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly current: boolean;
}
