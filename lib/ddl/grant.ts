import type { Row } from "./row";

type Privileges = readonly (readonly [privilege: string, mayGrant: boolean])[];

interface GrantRow extends Row {
  readonly words: string;
  readonly columns: string;
  readonly grantee: string;
  readonly granted: Privileges | null;
  readonly initially: Privileges | null;
}

/** What one grantee may do with one object, as the statements that bring it there and back to what the object began with. */
export function toGrant(row: Row): Row[] {
  const { words, columns, grantee, granted, initially, of } = row as GrantRow;
  if (JSON.stringify(granted) === JSON.stringify(initially)) return [];
  const on = `${words}${columns && ` COLUMN${columns}`}`;
  const revoke = `REVOKE ALL${columns} ON ${words} FROM ${grantee}`;
  const grant = (privileges: Privileges | null) =>
    [false, true].flatMap((mayGrant) => {
      const names = (privileges ?? []).filter(([, may]) => may === mayGrant).map(([name]) => `${name}${columns}`);
      const ending = mayGrant ? " WITH GRANT OPTION" : "";
      return names.length ? [`GRANT ${names.join(", ")} ON ${words} TO ${grantee}${ending}`] : [];
    });
  const made: Row = {
    kind: "grant",
    name: `${on} TO ${grantee}`,
    // To take something of a table is to take it of each column.
    ...(columns ? { needs: [`grant ${words} TO ${grantee}`] } : { at: `grant ${words} TO ${grantee}` }),
    of: of ?? null,
    create: [...(initially ? [revoke] : []), ...grant(granted)].join(";\n"),
    drop: [revoke, ...grant(initially)].join(";\n"),
    roles: grantee === "PUBLIC" ? null : [grantee],
  };
  return [made];
}
