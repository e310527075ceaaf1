import type { Prisma, Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { ForkInput } from "@/lib/schemas/operation-input";
import type { ServiceSize } from "@/lib/schemas/size";
import { AppError } from "@/lib/std/app-error";
import { newId, newPassword } from "@/lib/std/ids";
import { createScramVerifier } from "@/lib/std/scram";
import { askFor } from "./ask-for";
import type { ServicesContext } from "./context";
import type { HistoryColumns } from "./history-settings";
import { findLowestFreePort, type PortRange } from "./ports";
import { sealPassword } from "./sealed-password";

/** The endpoint's password in its three shapes. */
export interface NewPassword {
  readonly password: string;
  readonly verifier: string;
  readonly sealed: string;
}

/** What is prepared before the transaction: the verifier's slow hash must not hold the lock that everyone waits for. */
export interface NewIdentity extends NewPassword {
  readonly serviceId: string;
}

export async function prepareIdentity(context: ServicesContext): Promise<NewIdentity> {
  const serviceId = newId();
  return { serviceId, ...(await preparePassword(context, serviceId)) };
}

export async function preparePassword(context: ServicesContext, serviceId: string): Promise<NewPassword> {
  const password = newPassword();
  const verifier = await createScramVerifier(password);
  return { password, verifier, sealed: sealPassword(context.sealKey(), serviceId, password) };
}

export interface Placement {
  readonly kind: "create" | "fork";
  readonly name: string;
  readonly image: string;
  readonly environment: "DEV" | "PROD";
  readonly regionCode: string;
  readonly size: ServiceSize;
  readonly sample: string | null;
  readonly history: HistoryColumns;
  /** Columns that only a fork has. */
  readonly fork?: Pick<
    Prisma.ServiceUncheckedCreateInput,
    | "forkedFromId"
    | "forkStrategy"
    | "expiresAt"
    | "ttlSeconds"
    | "neverReason"
    | "purpose"
    | "labels"
    | "allowList"
    | "targetMicros"
    | "baseCommit"
    | "baseCommitMicros"
    | "firstLeftOutMicros"
    | "baseSnapshotId"
    | "baseExact"
    | "momentsMissing"
  >;
  /** What the operation needs beside the row. */
  readonly input?: ForkInput;
}

export interface PlaceOptions {
  readonly actor: Actor;
  readonly context: ServicesContext;
  readonly identity: NewIdentity;
  /** One instant for everything that is written: a fork ends its TTL after it was made, to the millisecond. */
  readonly nowMs: number;
}

// Any number, the same in every process: who holds it is alone in giving out names and ports.
const PLACEMENT_LOCK = 0x0ff5_4007;

/**
 * Until the end of the transaction nobody else gives out a name or a port, or looks up an idempotency key: what was
 * found free stays free, and a double click meets its twin's row. The unique indexes stay the truth.
 */
export async function lockPlacement(tx: Transaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${PLACEMENT_LOCK})`;
}

/** Writes the row, with its endpoint, password and end, and the operation that will make it; the operation's id. */
export async function placeService(tx: Transaction, placement: Placement, options: PlaceOptions): Promise<string> {
  const { actor, context, identity, nowMs } = options;
  const now = new Date(nowMs);
  const service = await tx.service.create({
    data: {
      id: identity.serviceId,
      projectId: actor.projectId,
      name: placement.name,
      image: placement.image,
      environment: placement.environment,
      regionCode: placement.regionCode,
      cpuMillis: placement.size.cpuMillis,
      memoryGbs: placement.size.memoryGbs,
      status: "QUEUED",
      createdAt: now,
      createdBy: actor.name,
      volumeId: newId(),
      directPort: await allocatePort(tx, context.ports),
      scramVerifier: identity.verifier,
      sealedPassword: identity.sealed,
      passwordSealedAt: now,
      passwordSetAt: now,
      sample: placement.sample,
      ...placement.history,
      ...placement.fork,
    },
  });
  return askFor(tx, { kind: placement.kind, service, by: actor.name, nowMs, input: placement.input ?? {} });
}

async function allocatePort(tx: Transaction, ports: PortRange): Promise<number> {
  const rows = await tx.service.findMany({
    where: { directPort: { gte: ports.firstPort, lte: ports.lastPort } },
    select: { directPort: true },
  });
  const port = findLowestFreePort(new Set(rows.map((row) => row.directPort)), ports);
  if (port !== undefined) return port;
  throw new AppError(
    "PORTS_EXHAUSTED",
    `All ports from ${ports.firstPort} to ${ports.lastPort} belong to services. Purge one in Recently deleted, or give the gateway a larger range.`,
    { details: { first_port: ports.firstPort, last_port: ports.lastPort } },
  );
}
