import { type AuditVerdict, listAudit, verifyAudit } from "@/lib/audit";
import type { Actor } from "@/lib/schemas/actor";
import type { AuditPageDto, AuditQuery } from "@/lib/schemas/audit";
import { type AuthOptions, authContext } from "./context";
import { authorize } from "./permissions";

/** What was done in the project, newest first. */
export async function listActivity(actor: Actor, query: AuditQuery, options: AuthOptions = {}): Promise<AuditPageDto> {
  authorize(actor, "audit.read");
  return listAudit(authContext(options).db, actor.projectId, query);
}

/** Whether the activity is what was written, all of it. */
export async function checkActivity(actor: Actor, options: AuthOptions = {}): Promise<AuditVerdict> {
  authorize(actor, "audit.read");
  return verifyAudit(authContext(options).db, actor.projectId);
}
