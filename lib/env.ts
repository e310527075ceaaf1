import { resolve } from "node:path";
import { apiKeyText, emailAddress, newPassword } from "@/lib/schemas/account";
import { HISTORY_LIMITS, type HistorySetting, type HistorySettings } from "@/lib/schemas/history-settings";
import { AppError } from "@/lib/std/app-error";
import { findBytes, findDurationSeconds } from "@/lib/std/format";

/**
 * The configuration, read from the environment and nothing else. All variables are optional; whoever sets one wrongly is
 * told about every wrong one at once. No other file reads `process.env`.
 */
export interface Env {
  /** Where the web server listens. */
  readonly host: string;
  readonly port: number;
  /** The address people open, without a slash at the end: OFFSHOOT_URL, else `http://<host>:<port>`. */
  readonly url: string;
  /** So many proxies stand before the web server, each of which appends to X-Forwarded-For. */
  readonly trustedProxies: number;
  /** Absolute. Holds the block store, the secret and, unless DATABASE_URL is set, the control database. */
  readonly dataDir: string;
  /** True when a person chose the data directory: then one that cannot be used is an error, not a reason to go elsewhere. */
  readonly dataDirIsExplicit: boolean;
  /** The control database. Undefined: the embedded one. The supervisor sets it for its children in both cases. */
  readonly databaseUrl: string | undefined;
  readonly gateway: { readonly host: string; readonly firstPort: number; readonly lastPort: number };
  /** Where the engine tells Prometheus its figures; without it nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  /** What a new service that is no fork begins with. */
  readonly history: HistorySettings;
  /** The first person's account, made at start when nobody has one yet. */
  readonly admin: { readonly email: string; readonly password: string } | undefined;
  /** How e-mail leaves; without it none is sent. */
  readonly mail: { readonly url: string; readonly from: string } | undefined;
  /** `public:secret`, as it was given; lib/auth checks its parts. */
  readonly bootstrapApiKey: string | undefined;
  /** True in a process that the supervisor started: it ignores signals and ends when the pipe on its standard input closes. */
  readonly supervised: boolean;
}

type Source = Readonly<Record<string, string | undefined>>;

/** How a variable is read, and what a person is told it must be. */
interface Format<Value> {
  readonly expected: string;
  find(text: string): Value | undefined;
}

// Collects what is wrong instead of stopping at the first variable.
class Reader {
  readonly problems: string[] = [];
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  /** An empty variable counts as unset, which is how shells and compose files write "nothing". */
  find(name: string): string | undefined {
    return this.#source[name]?.trim() || undefined;
  }

  /** A secret as it is: a space at its end may belong to it. */
  findSecret(name: string): string | undefined {
    return this.#source[name] || undefined;
  }

  parse<Value>(name: string, fallback: Value, format: Format<Value>): Value {
    const text = this.find(name);
    if (text === undefined) return fallback;
    const value = format.find(text);
    if (value !== undefined) return value;
    this.problems.push(`${name} must be ${format.expected}, not "${text}".`);
    return fallback;
  }
}

/** Reads and checks the configuration. Throws one AppError whose message has a sentence for each variable that is wrong. */
export function readEnv(source: Source = process.env): Env {
  const reader = new Reader(source);
  const host = reader.parse("HOST", "127.0.0.1", hostFormat);
  const port = reader.parse("PORT", 3000, portFormat);
  const dataDir = reader.find("OFFSHOOT_DATA_DIR");
  const env: Env = {
    host,
    port,
    url: reader.parse("OFFSHOOT_URL", toUrl(host, port), urlFormat),
    trustedProxies: reader.parse("OFFSHOOT_TRUSTED_PROXIES", 0, proxiesFormat),
    // Next's bundler would otherwise take any path below this folder for a part of the web server, and copy it all.
    dataDir: resolve(/* turbopackIgnore: true */ dataDir ?? ".offshoot"),
    dataDirIsExplicit: dataDir !== undefined,
    databaseUrl: readDatabaseUrl(reader),
    gateway: readGateway(reader),
    metrics: readMetrics(reader),
    history: readHistory(reader),
    admin: readAdmin(reader),
    mail: readMail(reader),
    bootstrapApiKey: readBootstrapApiKey(reader),
    supervised: reader.find("OFFSHOOT_SUPERVISED") === "1",
  };
  if (reader.problems.length > 0) throw new AppError("INVALID_REQUEST", reader.problems.join("\n"));
  return env;
}

function readGateway(reader: Reader): Env["gateway"] {
  const name = "OFFSHOOT_GATEWAY_PORTS";
  // Below Linux's ephemeral range, so that no outgoing connection of this machine ever holds one of them.
  const fallback: [number, number] = [20000, 29999];
  const [firstPort, lastPort] = reader.parse(name, fallback, portRangeFormat);
  return { host: reader.parse("OFFSHOOT_GATEWAY_HOST", "127.0.0.1", hostFormat), firstPort, lastPort };
}

function readMetrics(reader: Reader): Env["metrics"] {
  const host = reader.parse("OFFSHOOT_METRICS_HOST", "127.0.0.1", hostFormat);
  const port = reader.parse<number | undefined>("OFFSHOOT_METRICS_PORT", undefined, portFormat);
  return port === undefined ? undefined : { host, port };
}

function readHistory(reader: Reader): HistorySettings {
  const seconds = (setting: HistorySetting) => settingFormat(setting, findDurationSeconds);
  const interval = seconds("snapshot_interval_seconds");
  return {
    retention_seconds: reader.parse("OFFSHOOT_WINDOW", 86_400, seconds("retention_seconds")),
    retention_bytes: reader.parse("OFFSHOOT_WINDOW_BYTES", 8 * 1024 ** 3, settingFormat("retention_bytes", findBytes)),
    snapshot_interval_seconds: reader.parse<number | null>("OFFSHOOT_SNAPSHOT_INTERVAL", 3_600, {
      ...interval,
      find: (text) => (text.toLowerCase() === "never" ? null : interval.find(text)),
    }),
    snapshots_kept: reader.parse("OFFSHOOT_SNAPSHOTS_KEPT", 24, settingFormat("snapshots_kept", findCount)),
  };
}

const findCount = (text: string): number | undefined => (/^\d{1,4}$/.test(text) ? Number(text) : undefined);

/** How a setting of history is written, within the limits that hold for it everywhere. */
function settingFormat(setting: HistorySetting, read: (text: string) => number | undefined): Format<number> {
  const { min, max } = HISTORY_LIMITS[setting];
  return {
    expected: HISTORY_FORMATS[setting],
    find(text) {
      const value = read(text);
      return value !== undefined && value >= min && value <= max ? value : undefined;
    },
  };
}

const HISTORY_FORMATS: Record<HistorySetting, string> = {
  retention_seconds: "a length from 10m to 30d",
  retention_bytes: "a size from 64MiB to 16TiB",
  snapshot_interval_seconds: "a length from 5m to 30d, or never",
  snapshots_kept: "a number from 1 to 200",
};

// The value may hold a password, so a problem never repeats it.
function readDatabaseUrl(reader: Reader): string | undefined {
  const text = reader.find("DATABASE_URL");
  if (text !== undefined && !(/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)))
    reader.problems.push("DATABASE_URL must be an address such as postgresql://user:password@host:5432/database.");
  return text;
}

// The address may hold a password, so a problem never repeats it.
function readMail(reader: Reader): Env["mail"] {
  const url = reader.findSecret("OFFSHOOT_SMTP_URL");
  const from = reader.find("OFFSHOOT_MAIL_FROM");
  if (url === undefined && from === undefined) return undefined;
  if (url === undefined) reader.problems.push("OFFSHOOT_MAIL_FROM needs OFFSHOOT_SMTP_URL beside it.");
  else if (!/^smtps?:\/\/[^/]/.test(url) || !URL.canParse(url))
    reader.problems.push("OFFSHOOT_SMTP_URL must be an address such as smtp://user:password@host:587.");
  if (from === undefined) reader.problems.push("OFFSHOOT_SMTP_URL needs OFFSHOOT_MAIL_FROM beside it.");
  else if (!emailAddress.safeParse(from).success)
    reader.problems.push(`OFFSHOOT_MAIL_FROM must be an e-mail address, not "${from}".`);
  return url === undefined || from === undefined ? undefined : { url, from };
}

function readAdmin(reader: Reader): Env["admin"] {
  const email = reader.find("OFFSHOOT_ADMIN_EMAIL");
  const password = reader.findSecret("OFFSHOOT_ADMIN_PASSWORD");
  if (email === undefined && password === undefined) return undefined;
  const parsed = emailAddress.safeParse(email);
  if (email === undefined) reader.problems.push("OFFSHOOT_ADMIN_PASSWORD needs OFFSHOOT_ADMIN_EMAIL beside it.");
  else if (!parsed.success) reader.problems.push(`OFFSHOOT_ADMIN_EMAIL must be an e-mail address, not "${email}".`);
  if (password === undefined) reader.problems.push("OFFSHOOT_ADMIN_EMAIL needs OFFSHOOT_ADMIN_PASSWORD beside it.");
  else if (!newPassword.safeParse(password).success)
    reader.problems.push("OFFSHOOT_ADMIN_PASSWORD must have 12 to 128 characters.");
  return { email: parsed.data ?? "", password: password ?? "" };
}

function readBootstrapApiKey(reader: Reader): string | undefined {
  const text = reader.findSecret("OFFSHOOT_BOOTSTRAP_API_KEY");
  if (text !== undefined && !apiKeyText.safeParse(text).success)
    reader.problems.push(
      "OFFSHOOT_BOOTSTRAP_API_KEY must be public:secret: 1 to 64 letters, digits, _ or -, a colon, " +
        "and 16 to 256 printable characters without a colon.",
    );
  return text;
}

const hostFormat: Format<string> = {
  expected: "a host name or an IP address to listen on",
  find: (text) => (/^[A-Za-z0-9.:_-]{1,253}$/.test(text) ? text : undefined),
};

const portFormat: Format<number> = {
  expected: "a port from 1 to 65535",
  find(text) {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    return port >= 1 && port <= 65535 ? port : undefined;
  },
};

const portRangeFormat: Format<[number, number]> = {
  expected: 'a range of ports such as "20000-29999"',
  find(text) {
    const [first, last, ...rest] = text.split("-").map((part) => portFormat.find(part.trim()));
    const isRange = first !== undefined && last !== undefined && rest.length === 0 && first <= last;
    return isRange ? [first, last] : undefined;
  },
};

const proxiesFormat: Format<number> = {
  expected: "a number from 0 to 9",
  find: (text) => (/^\d$/.test(text) ? Number(text) : undefined),
};

const urlFormat: Format<string> = {
  expected: "an address such as https://offshoot.example.com",
  find(text) {
    if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined;
    const { origin, pathname } = new URL(text);
    return pathname === "/" ? origin : undefined;
  },
};

/** The address to open in a browser; a server that listens everywhere is opened at localhost. */
function toUrl(host: string, port: number): string {
  const everywhere = host === "0.0.0.0" || host === "::";
  const name = everywhere ? "localhost" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

/** The environment of a process that this one starts: its own, with `changes`. */
export const childEnv = (changes: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...process.env,
  ...changes,
});
