import type { ObjectOf } from "../schema";

interface Statements {
  readonly create: string;
  readonly drop: string;
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export function writeEnum({ name, facts }: ObjectOf<"enum">): Statements {
  const labels = (facts.labels ?? []).map(quote);
  return { create: `CREATE TYPE ${name} AS ENUM (${labels.join(", ")})`, drop: `DROP TYPE ${name}` };
}

/** Labels can be added anywhere, and never taken away. */
export function alterEnum({ facts: before }: ObjectOf<"enum">, { name, facts }: ObjectOf<"enum">) {
  const kept = facts.labels.filter((label) => before.labels.includes(label));
  if (kept.join("\0") !== before.labels.join("\0")) return undefined;
  return facts.labels.flatMap((label, index) => {
    if (before.labels.includes(label)) return [];
    const next = facts.labels.slice(index).find((one) => before.labels.includes(one));
    return [`ALTER TYPE ${name} ADD VALUE ${quote(label)}${next === undefined ? "" : ` BEFORE ${quote(next)}`}`];
  });
}

export function writeDomain({ name, facts }: ObjectOf<"domain">): Statements {
  const parts = [
    `CREATE DOMAIN ${name} AS ${facts.type}`,
    facts.collation && `COLLATE ${facts.collation}`,
    facts.default !== null && `DEFAULT ${facts.default}`,
    facts.notNull && "NOT NULL",
    ...facts.checks.map((check) => `CONSTRAINT ${check.name} ${check.definition}`),
  ];
  return { create: parts.filter(Boolean).join(" "), drop: `DROP DOMAIN ${name}` };
}

export function alterDomain({ facts: before }: ObjectOf<"domain">, { name, facts }: ObjectOf<"domain">) {
  if (before.type !== facts.type || before.collation !== facts.collation) return undefined;
  const has = (checks: typeof facts.checks, check: (typeof facts.checks)[number]) =>
    checks.some((one) => one.name === check.name && one.definition === check.definition);
  const actions = [
    before.default !== facts.default && (facts.default === null ? "DROP DEFAULT" : `SET DEFAULT ${facts.default}`),
    before.notNull !== facts.notNull && (facts.notNull ? "SET NOT NULL" : "DROP NOT NULL"),
    ...before.checks.filter((check) => !has(facts.checks, check)).map((check) => `DROP CONSTRAINT ${check.name}`),
    ...facts.checks
      .filter((check) => !has(before.checks, check))
      .map((check) => `ADD CONSTRAINT ${check.name} ${check.definition}`),
  ];
  return actions.filter((action) => action !== false).map((action) => `ALTER DOMAIN ${name} ${action}`);
}

export function writeComposite({ name, facts }: ObjectOf<"composite type">): Statements {
  const attributes = facts.attributes.map((attribute) => `${attribute.name} ${attribute.type}`);
  return { create: `CREATE TYPE ${name} AS (${attributes.join(", ")})`, drop: `DROP TYPE ${name}` };
}

/** Attributes can go, and come at the end. */
export function alterComposite(
  { facts: before }: ObjectOf<"composite type">,
  { name, facts }: ObjectOf<"composite type">,
) {
  const text = (attribute: (typeof facts.attributes)[number]) => `${attribute.name} ${attribute.type}`;
  const [old, now] = [before.attributes.map(text), facts.attributes.map(text)];
  const kept = old.filter((attribute) => now.includes(attribute));
  if (kept.join("\0") !== now.slice(0, kept.length).join("\0")) return undefined;
  return [
    ...before.attributes.filter((one) => !now.includes(text(one))).map(({ name }) => `DROP ATTRIBUTE ${name}`),
    ...now.slice(kept.length).map((attribute) => `ADD ATTRIBUTE ${attribute}`),
  ].map((action) => `ALTER TYPE ${name} ${action}`);
}
