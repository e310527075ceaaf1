import { type Database, database } from "@/lib/db";
import { apiKeyText } from "@/lib/schemas/account";
import type { Actor } from "@/lib/schemas/actor";
import { isAtLeast, type Role } from "@/lib/schemas/role";
import { AppError } from "@/lib/std/app-error";
import { type Clock, systemClock } from "@/lib/std/clock";
import { ensureFirstProject } from "./first-project";
import { hashToken, isSameHash } from "./tokens";

/** What an API key stands for; `GET /auth/info` shows all of it. */
export interface ApiKeyIdentity {
  readonly actor: Actor;
  readonly publicKey: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly project: { readonly id: string; readonly name: string };
  /** Null while nobody has an account: the first owner gets the keys that were there before. */
  readonly user: { readonly id: string; readonly name: string; readonly email: string } | null;
}

export interface ApiKeyOptions {
  readonly db?: Database;
  readonly clock?: Clock;
  /** The client's IP address. */
  readonly address?: string | null;
}

/** Who asks, from `Authorization: Basic base64(public:secret)`; undefined for anything else, whatever is wrong with it. */
export async function findApiKeyIdentity(
  authorization: string | null,
  { db = database(), clock = systemClock, address = null }: ApiKeyOptions = {},
): Promise<ApiKeyIdentity | undefined> {
  const given = parseBasic(authorization);
  if (!given) return undefined;
  const key = await db.apiKey.findUnique({
    where: { publicKey: given.publicKey },
    include: { project: true, user: { include: { memberships: true } } },
  });
  // An unknown key is compared too, so that the answer's time does not say which public parts exist.
  const isRight = isSameHash(hashToken(given.secret), key?.secretHash ?? hashToken(""));
  const role = key && findEffectiveRole(key);
  if (!key || !isRight || key.revokedAt || !role) return undefined;
  await noteUse(db, key, clock.nowMs());
  const { publicKey, name, createdAt, project, user } = key;
  return {
    actor: { projectId: project.id, userId: user?.id ?? null, name: user?.name ?? name, via: "api", role, address },
    publicKey,
    name,
    createdAt,
    project: { id: project.id, name: project.name },
    user: user && { id: user.id, name: user.name, email: user.email },
  };
}

/** The same where only the actor matters. */
export async function findApiKeyActor(
  authorization: string | null,
  options?: ApiKeyOptions,
): Promise<Actor | undefined> {
  return (await findApiKeyIdentity(authorization, options))?.actor;
}

/**
 * Makes the key `public:secret` of OFFSHOOT_BOOTSTRAP_API_KEY, for the first owner if there is one yet. The same value at
 * every start changes nothing, also when the key was revoked since; another public part adds a key, another secret for the
 * same public part replaces it.
 */
export async function ensureBootstrapApiKey(db: Database, text: string, clock: Clock = systemClock): Promise<void> {
  const parsed = apiKeyText.safeParse(text);
  if (!parsed.success) throw new AppError("INVALID_REQUEST", parsed.error.issues[0]?.message ?? "That is no API key.");
  const [publicKey = "", secret = ""] = text.split(":");
  const nowMs = clock.nowMs();
  await db.$transaction(async (tx) => {
    const project = await ensureFirstProject(tx, nowMs);
    const existing = await tx.apiKey.findUnique({ where: { publicKey } });
    if (existing && isSameHash(existing.secretHash, hashToken(secret))) return;
    const owner = await tx.user.findFirst({ orderBy: { createdAt: "asc" }, select: { id: true } });
    const fresh = { secretHash: hashToken(secret), createdAt: new Date(nowMs), revokedAt: null };
    await tx.apiKey.upsert({
      where: { publicKey },
      create: { publicKey, name: "bootstrap", projectId: project.id, userId: owner?.id ?? null, ...fresh },
      update: fresh,
    });
  });
}

interface KeyWithPerson {
  readonly projectId: string;
  readonly role: Role;
  readonly user: { readonly memberships: readonly { readonly projectId: string; readonly role: Role }[] } | null;
}

/** A key may never do more than the person who made it may do now; whose maker has left the project, it may do nothing. */
function findEffectiveRole({ projectId, role, user }: KeyWithPerson): Role | undefined {
  if (!user) return role;
  const member = user.memberships.find((one) => one.projectId === projectId);
  return member && (isAtLeast(member.role, role) ? role : member.role);
}

// Far above any key's length; what is longer is not worth decoding.
const HEADER_MAX_LENGTH = 1024;

function parseBasic(authorization: string | null): { publicKey: string; secret: string } | undefined {
  if (!authorization || authorization.length > HEADER_MAX_LENGTH) return undefined;
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization)?.[1];
  const text = encoded && Buffer.from(encoded, "base64").toString("utf8");
  if (!text || !apiKeyText.safeParse(text).success) return undefined;
  const [publicKey = "", secret = ""] = text.split(":");
  return { publicKey, secret };
}

// Exact to a minute: a poll each second must not be a write each second.
const USE_NOTED_EVERY_MS = 60_000;

async function noteUse(
  db: Database,
  key: { publicKey: string; lastUsedAt: Date | null },
  nowMs: number,
): Promise<void> {
  if (key.lastUsedAt && nowMs - key.lastUsedAt.getTime() < USE_NOTED_EVERY_MS) return;
  await db.apiKey.updateMany({ where: { publicKey: key.publicKey }, data: { lastUsedAt: new Date(nowMs) } });
}
