import type { ObjectOf, SequenceFacts } from "../schema";

type Options = Omit<SequenceFacts, "unlogged" | "type">;

export function writeSequence({ name, facts }: ObjectOf<"sequence">) {
  const options = writeOptions(facts, facts.type);
  const create = [`CREATE ${facts.unlogged ? "UNLOGGED " : ""}SEQUENCE ${name} AS ${facts.type}`, ...options];
  // It may have gone with the column that it belonged to.
  return { create: create.join(" "), drop: `DROP SEQUENCE IF EXISTS ${name}` };
}

/** The value that it is at stays. */
export function alterSequence({ facts: before }: ObjectOf<"sequence">, { name, facts }: ObjectOf<"sequence">) {
  const persistence = before.unlogged === facts.unlogged ? [] : [`SET ${facts.unlogged ? "UNLOGGED" : "LOGGED"}`];
  return [`AS ${facts.type} ${writeAll(facts)}`, ...persistence].map((action) => `ALTER SEQUENCE ${name} ${action}`);
}

const TYPE_MAX: Readonly<Record<string, bigint>> = {
  smallint: 32_767n,
  integer: 2_147_483_647n,
  bigint: 9_223_372_036_854_775_807n,
};

/** What differs from what CREATE SEQUENCE takes by itself. */
export function writeOptions(options: Options, type: string): string[] {
  const max = TYPE_MAX[type] ?? 0n;
  const isRising = !options.increment.startsWith("-");
  const usual = isRising ? { min: "1", max: `${max}` } : { min: `${-max - 1n}`, max: "-1" };
  const start = isRising ? options.min : options.max;
  return [
    options.increment !== "1" && `INCREMENT BY ${options.increment}`,
    options.min !== usual.min && `MINVALUE ${options.min}`,
    options.max !== usual.max && `MAXVALUE ${options.max}`,
    options.start !== start && `START WITH ${options.start}`,
    options.cache !== "1" && `CACHE ${options.cache}`,
    options.cycle && "CYCLE",
  ].filter((option) => option !== false);
}

const writeAll = ({ increment, min, max, start, cache, cycle }: Options): string =>
  `INCREMENT BY ${increment} MINVALUE ${min} MAXVALUE ${max} START WITH ${start} CACHE ${cache} ${cycle ? "" : "NO "}CYCLE`;

/** The same for the sequence of an identity column, as ALTER COLUMN takes it. */
export const setOptions = (options: Options): string[] =>
  [
    `INCREMENT BY ${options.increment}`,
    `MINVALUE ${options.min}`,
    `MAXVALUE ${options.max}`,
    `START WITH ${options.start}`,
    `CACHE ${options.cache}`,
    `${options.cycle ? "" : "NO "}CYCLE`,
  ].map((option) => `SET ${option}`);
