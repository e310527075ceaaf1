import { MASS_ROWS } from "./limits";
import type { StatementWords } from "./statement-words";

export type EventKind = "ddl" | "truncate" | "mass_write";

/** What a command did, as its CommandComplete tells. */
export interface Deed {
  readonly kind: EventKind;
  /** The tag without its count, and the name of what it was done to when the statement's beginning tells. */
  readonly what: string;
  readonly rows: number | undefined;
}

const MASS = /^(DELETE|UPDATE|MERGE) (\d+)$/;
const DDL = /^(?:CREATE|ALTER|DROP|IMPORT FOREIGN|REASSIGN) [A-Z ]+$/;
/** It changes settings of the server, not what is in it. */
const NO_DDL = "ALTER SYSTEM";

/** What this tag says that people may want to go back before; undefined for all others. */
export function readDeed(tag: string, readStatement: () => StatementWords | undefined): Deed | undefined {
  const mass = MASS.exec(tag);
  if (mass) {
    const [, command = "", rows] = mass;
    return Number(rows) < MASS_ROWS ? undefined : describe("mass_write", command, { rows, readStatement });
  }
  if (tag === "TRUNCATE TABLE") return describe("truncate", "TRUNCATE", { readStatement });
  return DDL.test(tag) && tag !== NO_DDL ? describe("ddl", tag, { readStatement }) : undefined;
}

interface Circumstances {
  readonly rows?: string | undefined;
  readStatement(): StatementWords | undefined;
}

function describe(kind: EventKind, command: string, { rows, readStatement }: Circumstances): Deed | undefined {
  const words = readStatement() ?? [];
  const [, object] = command.split(" ");
  const objectAt = words.findIndex((word) => upper(word) === object);
  // CREATE TEMP TABLE, and not CREATE TABLE temp: gone with the session that made it.
  if (kind === "ddl" && words.slice(0, Math.max(0, objectAt)).some((word) => TEMPORARY.test(word))) return undefined;
  const name = findName(command.split(" "), words);
  return { kind, what: name ? `${command} ${name}` : command, rows: rows === undefined ? undefined : Number(rows) };
}

const TEMPORARY = /^temp(?:orary)?$/i;
/** Between the words of a tag and a name. */
const FILLERS = new Set(
  "FROM INTO TABLE ONLY IF NOT EXISTS CONCURRENTLY OR REPLACE UNIQUE UNLOGGED RECURSIVE TRUSTED PROCEDURAL".split(" "),
);
/** These are keywords where a name could stand: the statement names nothing there. */
const NO_NAMES = new Set("ON FOR IN AS TO USING WITH AUTHORIZATION GRANT REVOKE SET PRIVILEGES".split(" "));

/** The name that follows the command in its statement; undefined when the statement is not what the tag says. */
function findName(command: readonly string[], words: StatementWords): string | undefined {
  let at = 0;
  for (const expected of command) {
    while (at > 0 && upper(words[at]) !== expected && FILLERS.has(upper(words[at]))) at++;
    if (upper(words[at]) !== expected) return undefined;
    at++;
  }
  while (FILLERS.has(upper(words[at]))) at++;
  return readName(words, at);
}

const upper = (word: string | undefined): string => (word ?? "").toUpperCase();
const isName = (word: string | undefined): word is string =>
  word !== undefined && /^["A-Za-z_\u0080-\uffff]/.test(word);

/** A name of up to three parts, without the replacement characters that other encodings than UTF-8 leave. */
function readName(words: StatementWords, from: number): string | undefined {
  const first = words[from];
  if (!isName(first) || NO_NAMES.has(upper(first))) return undefined;
  let name = first;
  for (let at = from + 1; words[at] === "." && isName(words[at + 1]) && at < from + 4; at += 2)
    name += `.${words[at + 1]}`;
  return name.includes("\ufffd") ? undefined : name;
}
