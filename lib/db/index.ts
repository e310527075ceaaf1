/**
 * The control database: client, transactions, migrations, and the embedded server for who brings none.
 *
 *   database(): Database                                    this process's client, from DATABASE_URL; lazy
 *   openDatabase(connectionString): Database                one of your own; end it with $disconnect()
 *   closeDatabase(): Promise<void>
 *   migrate(connectionString, dir): Promise<string[]>       names of the migrations that were applied
 *   startEmbedded({ dataDir: { path, isExplicit }, log }): Promise<{ connectionString, location, started, stop() }>
 *   prepareDataDir(path): void                              makes it, or says why it cannot be used
 *   acquireAdvisoryLock(connectionString, { name, waitMs }): Promise<{ lost, release() } | undefined>
 *   listen(channel, onHint): { stop() }                     notifications, as hints
 *   withConnection(connectionString, use)                   one plain pg connection
 */
export { type AdvisoryLock, acquireAdvisoryLock } from "./advisory-lock";
export { closeDatabase, type Database, database, openDatabase, type Transaction } from "./client";
export { withConnection } from "./connect";
export { prepareDataDir } from "./embedded/location";
export { type EmbeddedDatabase, startEmbedded } from "./embedded/server";
export type {
  ApiKey,
  Delivery,
  IdempotencyKey,
  Operation,
  OperationStep,
  Project,
  Service,
  User,
} from "./generated/client";
export { Prisma } from "./generated/client";
export * from "./generated/enums";
export { listen } from "./listen";
export { migrate } from "./migrate";
