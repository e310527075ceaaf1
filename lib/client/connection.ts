/** Built into every service (api.md section 3). */
export const DATABASE = "tsdb";
export const ROLE = "tsdbadmin";
/** Stands where the password belongs until it has been revealed. */
export const PASSWORD_PLACEHOLDER = "<password>";

export interface ConnectionFacts {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** Of a fork: what it was made from, and the moment of its data. */
  readonly source?: string | undefined;
  readonly asOf?: string | undefined;
  readonly expires?: string | undefined;
}

export interface ConnectionFormat {
  readonly id: "psql" | "url" | "env" | "pgpass" | "jdbc" | "libpq";
  readonly label: string;
  /** Whether what is copied is a file, which then begins with the comment. */
  readonly file: boolean;
  readonly hint: string;
  readonly text: string;
}

/** What this database is, as the first line of whatever is pasted somewhere and found again next week. */
export function formatConnectionComment({ name, source, asOf, expires }: ConnectionFacts): string {
  if (!source) return `# service ${name}`;
  return `# fork ${name} of ${source}${asOf ? ` as of ${asOf}` : ""}${expires ? `, expires ${expires}` : ""}`;
}

/** Every way to say the same connection. `password` is what to write for it, or the placeholder. */
export function formatConnections(facts: ConnectionFacts, password = PASSWORD_PLACEHOLDER): ConnectionFormat[] {
  const { host, port } = facts;
  const at = `${host}:${port}/${DATABASE}`;
  return [
    {
      id: "psql",
      label: "psql",
      file: false,
      hint: "psql asks for the password.",
      text: `psql "postgres://${ROLE}@${at}?sslmode=require"`,
    },
    {
      id: "url",
      label: "URL",
      file: false,
      hint: "node-postgres reads require as verify-full: add &uselibpqcompat=true there.",
      text: `postgres://${ROLE}:${password}@${at}?sslmode=require`,
    },
    { id: "env", label: ".env", file: true, hint: "", text: formatEnv(facts, password) },
    {
      id: "pgpass",
      label: ".pgpass",
      file: true,
      hint: "Add the line to ~/.pgpass and chmod it 600.",
      text: `${host}:${port}:${DATABASE}:${ROLE}:${password}`,
    },
    {
      id: "jdbc",
      label: "JDBC",
      file: false,
      hint: "",
      text: `jdbc:postgresql://${at}?user=${ROLE}&password=${password}&sslmode=require`,
    },
    {
      id: "libpq",
      label: "libpq",
      file: false,
      hint: "",
      text: `host=${host} port=${port} dbname=${DATABASE} user=${ROLE} password=${password} sslmode=require`,
    },
  ];
}

function formatEnv({ host, port }: ConnectionFacts, password: string): string {
  return [
    `PGHOST=${host}`,
    `PGPORT=${port}`,
    `PGDATABASE=${DATABASE}`,
    `PGUSER=${ROLE}`,
    `PGPASSWORD=${password}`,
    "PGSSLMODE=require",
  ].join("\n");
}

/** What the copy button puts on the clipboard: a file with its comment, or the bare line. */
export function toClipboardText(format: ConnectionFormat, comment: string): string {
  return format.file ? `${comment}\n${format.text}\n` : format.text;
}
