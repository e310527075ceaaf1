/**
 * Who did what, so that nobody can unsay it.
 *
 *   appendAudit(tx, { actor, action, object, before?, after?, nowMs })      in the transaction of the change, last
 *   verifyAudit(db, projectId): Promise<AuditVerdict>                       whether a row was changed, removed or cut off
 *   listAudit(db, projectId, { before?, action?, object_id?, actor?, from?, to?, limit? }): Promise<AuditPageDto>
 */
export { type AuditedChange, appendAudit } from "./append-audit";
export { listAudit } from "./list-audit";
export { type AuditVerdict, verifyAudit } from "./verify-audit";
