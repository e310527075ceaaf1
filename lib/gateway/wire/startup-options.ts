/** A setting that a client asks for when it connects. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** Settings in the order in which Postgres would apply them, or the argument that it would not understand. */
export type StartupOptions = { readonly settings: Setting[] } | { readonly invalidArgument: string };

// Not settings: who and where.
const NOT_SETTINGS = new Set(["user", "database", "options", "replication"]);

/** All settings of a startup packet: those in `options` (`-c name=value`, `--name=value`) first, then the named ones. */
export function parseStartupOptions(parameters: ReadonlyMap<string, string>): StartupOptions {
  const settings: Setting[] = [];
  const words = splitOptions(parameters.get("options") ?? "");
  while (words.length > 0) {
    const word = words.shift() ?? "";
    const assignment = findAssignment(word, words);
    const match = assignment === undefined ? null : /^([^=]+)=(.*)$/s.exec(assignment);
    if (!match) return { invalidArgument: word };
    const [, name = "", value = ""] = match;
    settings.push({ name: name.replaceAll("-", "_"), value });
  }
  for (const [name, value] of parameters)
    if (!NOT_SETTINGS.has(name) && !name.startsWith("_pq_.")) settings.push({ name, value });
  return { settings };
}

function findAssignment(word: string, rest: string[]): string | undefined {
  if (word === "-c") return rest.shift();
  if (word.startsWith("--")) return word.slice(2);
  return word.startsWith("-c") ? word.slice(2) : undefined;
}

/** Words between white space; a backslash takes the next character as it is (pg_split_opts in PostgreSQL). */
function splitOptions(text: string): string[] {
  const words = text.match(/(?:\\[\s\S]|[^\s\\])+/g) ?? [];
  return words.map((word) => word.replace(/\\([\s\S])/g, "$1"));
}
