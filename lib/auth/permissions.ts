import type { Actor } from "@/lib/schemas/actor";
import { isAtLeast, type Role } from "@/lib/schemas/role";
import { AppError } from "@/lib/std/app-error";

interface Permission {
  /** The least role that may do it. */
  readonly least: Role;
  /** The same for a service that is tagged PROD, where it differs. */
  readonly ofProd?: Role;
  /** Completes "Viewers may not …"; " tagged PROD" may follow it. */
  readonly does: string;
}

/** Who may do what: the only place that says so. A person of a higher role may do all that a lower one may. */
export const PERMISSIONS = {
  "service.read": { least: "viewer", does: "read services" },
  "service.create": { least: "developer", does: "create services" },
  "service.fork": { least: "developer", does: "fork services" },
  /** The project's policy names the least role: `Project.forkProdRole`. */
  "service.forkProd": { least: "developer", does: "fork PROD services" },
  "service.start": { least: "developer", ofProd: "admin", does: "start services" },
  "service.stop": { least: "developer", ofProd: "admin", does: "stop services" },
  "service.resize": { least: "developer", ofProd: "admin", does: "resize services" },
  "service.rename": { least: "developer", ofProd: "admin", does: "rename services" },
  "service.reset": { least: "developer", ofProd: "admin", does: "reset services" },
  "service.extend": { least: "developer", does: "extend forks" },
  "service.expire": { least: "developer", ofProd: "admin", does: "end services" },
  "service.delete": { least: "developer", ofProd: "admin", does: "delete services" },
  "service.restore": { least: "developer", does: "restore services" },
  "service.purge": { least: "admin", does: "purge services" },
  "service.updatePassword": { least: "developer", ofProd: "admin", does: "set the passwords of services" },
  "service.revealPassword": { least: "developer", ofProd: "admin", does: "see the passwords of services" },
  "service.setEnvironment": { least: "admin", does: "tag services DEV or PROD" },
  "service.protect": { least: "admin", does: "protect services or end their protection" },
  "service.labels": { least: "developer", does: "change labels" },
  "service.retention": {
    least: "developer",
    ofProd: "admin",
    does: "change how much history is kept of services",
  },
  "service.allowListRead": { least: "viewer", does: "read allow lists" },
  "service.allowList": { least: "developer", ofProd: "admin", does: "change the allow lists of services" },
  "service.disarmedRead": { least: "viewer", does: "read what was disarmed" },
  "service.arm": { least: "developer", does: "arm what was disarmed" },
  "snapshot.read": { least: "viewer", does: "list snapshots" },
  "snapshot.create": { least: "developer", does: "take snapshots" },
  "snapshot.delete": { least: "developer", ofProd: "admin", does: "delete snapshots of services" },
  "hold.read": { least: "viewer", does: "list holds" },
  "hold.take": { least: "developer", does: "take holds" },
  "hold.renew": { least: "developer", does: "renew holds" },
  "hold.release": { least: "developer", does: "release holds" },
  "event.create": { least: "developer", does: "mark events" },
  "history.read": { least: "viewer", does: "read history" },
  "schema.read": { least: "viewer", does: "read schemas" },
  "storage.read": { least: "viewer", does: "read storage figures" },
  "cost.read": { least: "viewer", does: "read costs" },
  "prices.read": { least: "viewer", does: "read prices" },
  "prices.write": { least: "admin", does: "change prices" },
  "budgets.read": { least: "viewer", does: "read budgets" },
  "budgets.write": { least: "admin", does: "change budgets" },
  "policy.read": { least: "viewer", does: "read the policy" },
  "policy.write": { least: "admin", does: "change the policy" },
  "webhooks.read": { least: "admin", does: "list webhooks" },
  "webhooks.write": { least: "admin", does: "change webhooks" },
  "members.read": { least: "viewer", does: "list members" },
  "members.invite": { least: "admin", does: "invite members" },
  "members.changeRole": { least: "admin", does: "change roles" },
  "members.remove": { least: "admin", does: "remove members" },
  "keys.read": { least: "developer", does: "list API keys" },
  "keys.create": { least: "developer", does: "create API keys" },
  "keys.revoke": { least: "developer", does: "revoke API keys" },
  /** Of other people; one's own are `keys.revoke`. */
  "keys.revokeOthers": { least: "admin", does: "revoke other people's API keys" },
  "sessions.read": { least: "viewer", does: "list sessions" },
  "sessions.end": { least: "viewer", does: "end sessions" },
  "audit.read": { least: "developer", does: "read the activity" },
  "operation.read": { least: "viewer", does: "read operations" },
  "operation.cancel": { least: "developer", does: "cancel operations" },
  "project.read": { least: "viewer", does: "read the project" },
  "project.create": { least: "admin", does: "create projects" },
} as const satisfies Readonly<Record<string, Permission>>;

export type Action = keyof typeof PERMISSIONS;

/** What the decision depends on beside the role. A service's row is one. */
export interface Facts {
  /** The tag of the service that it is done to. */
  readonly environment?: string;
  /** The least role by the project's policy, for `service.forkProd`. */
  readonly forkProdRole?: Role;
}

/** The least role that may do this, by the table and the project's policy. */
export function findLeastRole(action: Action, { environment, forkProdRole }: Facts = {}): Role {
  const { least, ofProd }: Permission = PERMISSIONS[action];
  if (action === "service.forkProd") return forkProdRole ?? least;
  return environment === "PROD" ? (ofProd ?? least) : least;
}

/** For what is shown or hidden; what is done is always authorized. */
export const isAllowed = (actor: Pick<Actor, "role">, action: Action, facts?: Facts): boolean =>
  isAtLeast(actor.role, findLeastRole(action, facts));

/**
 * Lets the actor do this, or throws FORBIDDEN (FORK_PROD_DENIED) with a sentence that says whom to ask. Call it with the
 * service's row where there is one, after the row was found: what is not there is NOT_FOUND for every role.
 */
export function authorize(actor: Pick<Actor, "role">, action: Action, facts: Facts = {}): void {
  const least = findLeastRole(action, facts);
  if (isAtLeast(actor.role, least)) return;
  const { does, ofProd }: Permission = PERMISSIONS[action];
  const isOfProd = facts.environment === "PROD" && ofProd !== undefined;
  const sentence = `${PLURAL[actor.role]} may not ${does}${isOfProd ? " tagged PROD" : ""}; ask ${ONE[least]}.`;
  throw new AppError(action === "service.forkProd" ? "FORK_PROD_DENIED" : "FORBIDDEN", sentence, {
    details: { action, role: actor.role, least_role: least },
  });
}

/** Lets the actor give this role to somebody, or act on somebody who has it: none above one's own. */
export function authorizeRole(actor: Pick<Actor, "role">, role: Role): void {
  if (isAtLeast(actor.role, role)) return;
  throw new AppError("FORBIDDEN", `${PLURAL[actor.role]} have no say over the role ${role}; ask ${ONE[role]}.`, {
    details: { role: actor.role, least_role: role },
  });
}

const PLURAL: Readonly<Record<Role, string>> = {
  viewer: "Viewers",
  developer: "Developers",
  admin: "Admins",
  owner: "Owners",
};

const ONE: Readonly<Record<Role, string>> = {
  viewer: "a viewer",
  developer: "a developer",
  admin: "an admin",
  owner: "an owner",
};
