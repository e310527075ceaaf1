import { appendAudit } from "@/lib/audit";
import { authorize } from "@/lib/auth";
import { Prisma, type Project } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { PolicyDto, PutPolicyBody } from "@/lib/schemas/policy";
import { AppError } from "@/lib/std/app-error";
import { type CallOptions, servicesContext } from "../context";
import { sayDuration } from "../lifetime/lifetime";
import { readPlans } from "./plans";

/** The rules of the actor's project. */
export async function getPolicy(actor: Actor, options: CallOptions = {}): Promise<PolicyDto> {
  authorize(actor, "policy.read");
  const { db } = servicesContext(options);
  return toDto(await db.project.findUniqueOrThrow({ where: { id: actor.projectId } }));
}

/** Changes them for what is asked from now on: ends that forks have stay. */
export async function putPolicy(actor: Actor, body: PutPolicyBody, options: CallOptions = {}): Promise<PolicyDto> {
  authorize(actor, "policy.write");
  const { db, clock } = servicesContext(options);
  return db.$transaction(async (tx) => {
    const where = { id: actor.projectId };
    await tx.$queryRaw`SELECT 1 FROM projects WHERE id = ${actor.projectId} FOR UPDATE`;
    const before = await tx.project.findUniqueOrThrow({ where });
    const data = toColumns(body);
    assertDefaultFits({ ...before, ...data });
    const after = await tx.project.update({ where, data });
    if (JSON.stringify(toDto(after)) === JSON.stringify(toDto(before))) return toDto(before);
    const object = { type: "project", id: before.id, name: before.name };
    await appendAudit(tx, { actor, action: "policy.write", object, before, after, nowMs: clock.nowMs() });
    return toDto(after);
  });
}

function assertDefaultFits({ defaultTtlSeconds, maxTtlSeconds }: Pick<Project, "defaultTtlSeconds" | "maxTtlSeconds">) {
  if (defaultTtlSeconds === null || defaultTtlSeconds <= maxTtlSeconds) return;
  const sentence = `The default lifetime is longer than the longest one, ${sayDuration(maxTtlSeconds)}.`;
  throw new AppError("INVALID_REQUEST", sentence, { field: "default_ttl_seconds" });
}

/** Only what the body names. */
function toColumns({ plans, max_store_bytes, ...body }: PutPolicyBody) {
  const named = {
    defaultTtlSeconds: body.default_ttl_seconds,
    maxTtlSeconds: body.max_ttl_seconds,
    allowNever: body.allow_never,
    graceSeconds: body.grace_seconds,
    onExpiry: body.on_expiry,
    postponeSeconds: body.postpone_seconds,
    forkProdRole: body.fork_prod_role,
    maxForks: body.max_forks,
    maxRunning: body.max_running,
    maxStoreBytes: typeof max_store_bytes === "number" ? BigInt(max_store_bytes) : max_store_bytes,
    plans: plans === null ? Prisma.DbNull : plans,
  };
  type Named = { [Name in keyof typeof named]?: Exclude<(typeof named)[Name], undefined> };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)) as Named;
}

const toDto = (row: Project): PolicyDto => ({
  default_ttl_seconds: row.defaultTtlSeconds,
  max_ttl_seconds: row.maxTtlSeconds,
  allow_never: row.allowNever,
  grace_seconds: row.graceSeconds,
  on_expiry: row.onExpiry === "stop" ? "stop" : "postpone",
  postpone_seconds: row.postponeSeconds,
  fork_prod_role: row.forkProdRole,
  max_forks: row.maxForks,
  max_running: row.maxRunning,
  max_store_bytes: row.maxStoreBytes === null ? null : Number(row.maxStoreBytes),
  plans: readPlans(row.plans),
});
