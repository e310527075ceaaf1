import type { Volume } from "@/lib/blocks";
import { assert } from "@/lib/std/assert";
import type { Image } from "../images";
import type { Backend } from "./backend";

export const DATABASE = "tsdb";
export const OWNER = "tsdbadmin";
/** The database that initdb leaves, in which the template's own is made. */
export const INITIAL_DATABASE = "template1";

/**
 * The bootstrap superuser becomes `tsdbadmin`. A single backend's session user is always that role, so this is the one way
 * in which RESET ROLE, RESET SESSION AUTHORIZATION and DISCARD ALL come back to `tsdbadmin` and not to someone else.
 * `postgres` stays as a role for the dumps and scripts that name it.
 */
const INITIALISE = [
  `UPDATE pg_catalog.pg_authid SET rolname = '${OWNER}' WHERE oid = 10`,
  "CREATE ROLE postgres SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS NOLOGIN",
  `CREATE DATABASE ${DATABASE} OWNER ${OWNER}`,
];

/** In the database that initdb made: roles, the database of clients, and the settings of every later start. */
export function initialise(backend: Backend, volume: Volume, image: Image): void {
  for (const statement of INITIALISE) execute(backend, statement);
  appendConf(volume, image);
}

/** In the database of clients: what the image promises to be there. */
export function completeTemplate(backend: Backend, image: Image): void {
  for (const name of image.templateExtensions) execute(backend, `CREATE EXTENSION "${name}"`);
}

export function execute(backend: Backend, sql: string): void {
  const { error } = backend.query(sql);
  assert(!error, `${sql}: ${error?.message}`);
}

function appendConf(volume: Volume, image: Image): void {
  const inode = volume.lookup("/postgresql.conf");
  assert(inode !== undefined, "initdb has left no postgresql.conf");
  const lines = Object.entries(image.conf).map(([name, value]) => `${name} = '${value}'\n`);
  volume.write(inode, Buffer.from(`\n${lines.join("")}`), volume.stat(inode).sizeBytes);
}
