import { PrismaPg } from "@prisma/adapter-pg";
import { readEnv } from "@/lib/env";
import { AppError } from "@/lib/std/app-error";
import { type Prisma, PrismaClient } from "./generated/client";

export type Database = PrismaClient;

/** The client inside `database().$transaction(async (tx) => …)`. Functions that only read take `Database | Transaction`. */
export type Transaction = Prisma.TransactionClient;

// Web and engine have a pool each, beside the queue's: together well below the embedded server's 100 connections.
const POOL_SIZE = 10;
// A control database that accepts no connection in this time is reported, not waited for.
const CONNECT_TIMEOUT_MS = 5_000;

// `next dev` loads modules again after each change; the pool must survive that, or every change leaks one.
const held = globalThis as { offshootDatabase?: Database };

/** The control database of this process, from DATABASE_URL; connects at the first query, so that a build needs none. */
export function database(): Database {
  held.offshootDatabase ??= openDatabase(requireDatabaseUrl());
  return held.offshootDatabase;
}

/** A client of its own; whoever opens it ends it with `$disconnect()`. */
export function openDatabase(connectionString: string): Database {
  const adapter = new PrismaPg({
    connectionString,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  return new PrismaClient({ adapter });
}

/** Ends this process's connections; the next `database()` makes new ones. */
export async function closeDatabase(): Promise<void> {
  const open = held.offshootDatabase;
  held.offshootDatabase = undefined;
  await open?.$disconnect();
}

/** Where this process has its control database. */
export function requireDatabaseUrl(): string {
  const { databaseUrl } = readEnv();
  if (databaseUrl !== undefined) return databaseUrl;
  throw new AppError("CONTROL_PLANE", "DATABASE_URL is not set here. Start Offshoot with npm start, which sets it.");
}
