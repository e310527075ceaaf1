import { z } from "zod";

/** From least to most. What each may do is lib/auth/permissions.ts. */
export const role = z.enum(["viewer", "developer", "admin", "owner"]);
export type Role = z.infer<typeof role>;

export const ROLES: readonly Role[] = role.options;

/** Whether `role` may do what asks for `least`. */
export const isAtLeast = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);
