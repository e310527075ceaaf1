import { describe, expect, it } from "vitest";
import { readEnv } from "./env";

const problemsOf = (source: Readonly<Record<string, string | undefined>>) => {
  try {
    readEnv(source);
  } catch (error) {
    return (error as Error).message.split("\n");
  }
  return [];
};

describe("the configuration", () => {
  it("needs no variable at all", () => {
    expect(readEnv({})).toEqual({
      host: "127.0.0.1",
      port: 3000,
      trustedProxies: 0,
      url: "http://127.0.0.1:3000",
      dataDir: `${process.cwd()}/.offshoot`,
      dataDirIsExplicit: false,
      databaseUrl: undefined,
      gateway: { host: "127.0.0.1", firstPort: 20000, lastPort: 29999 },
      history: {
        retention_seconds: 86_400,
        retention_bytes: 8 * 1024 ** 3,
        snapshot_interval_seconds: 3_600,
        snapshots_kept: 24,
      },
      admin: undefined,
      bootstrapApiKey: undefined,
      supervised: false,
    });
  });

  it("takes every variable it names", () => {
    const env = readEnv({
      HOST: "::",
      PORT: "8080",
      OFFSHOOT_DATA_DIR: "/srv/offshoot",
      DATABASE_URL: "postgresql://a:b@db/offshoot",
      OFFSHOOT_GATEWAY_HOST: "0.0.0.0",
      OFFSHOOT_GATEWAY_PORTS: "21000 - 21009",
      OFFSHOOT_METRICS_PORT: "9464",
      OFFSHOOT_WINDOW: "2d 12h",
      OFFSHOOT_WINDOW_BYTES: "1.5 TiB",
      OFFSHOOT_SNAPSHOT_INTERVAL: "never",
      OFFSHOOT_SNAPSHOTS_KEPT: "7",
      OFFSHOOT_ADMIN_EMAIL: "ada@example.com",
      OFFSHOOT_ADMIN_PASSWORD: "correct horse",
      OFFSHOOT_BOOTSTRAP_API_KEY: "ci:0123456789abcdef",
      OFFSHOOT_SUPERVISED: "1",
    });
    expect(env).toMatchObject({
      url: "http://localhost:8080",
      dataDir: "/srv/offshoot",
      dataDirIsExplicit: true,
      gateway: { host: "0.0.0.0", firstPort: 21000, lastPort: 21009 },
      metrics: { host: "127.0.0.1", port: 9464 },
      history: {
        retention_seconds: 216_000,
        retention_bytes: 1.5 * 1024 ** 4,
        snapshot_interval_seconds: null,
        snapshots_kept: 7,
      },
      admin: { email: "ada@example.com", password: "correct horse" },
      bootstrapApiKey: "ci:0123456789abcdef",
      supervised: true,
    });
  });

  it("says how a new service's history is written, and its limits", () => {
    const source = {
      OFFSHOOT_WINDOW: "9m",
      OFFSHOOT_WINDOW_BYTES: "8",
      OFFSHOOT_SNAPSHOT_INTERVAL: "hourly",
      OFFSHOOT_SNAPSHOTS_KEPT: "0",
    };
    expect(problemsOf(source)).toEqual([
      'OFFSHOOT_WINDOW must be a length from 10m to 30d, not "9m".',
      'OFFSHOOT_WINDOW_BYTES must be a size from 64MiB to 16TiB, not "8".',
      'OFFSHOOT_SNAPSHOT_INTERVAL must be a length from 5m to 30d, or never, not "hourly".',
      'OFFSHOOT_SNAPSHOTS_KEPT must be a number from 1 to 200, not "0".',
    ]);
  });

  it("takes the address behind a TLS proxy, and writes an IPv6 address as a browser wants it", () => {
    expect(readEnv({ OFFSHOOT_URL: "https://forks.example.com/" }).url).toBe("https://forks.example.com");
    expect(readEnv({ HOST: "::1" }).url).toBe("http://[::1]:3000");
  });

  it("treats an empty variable as unset", () => {
    expect(readEnv({ PORT: "", OFFSHOOT_DATA_DIR: " " })).toMatchObject({ port: 3000, dataDirIsExplicit: false });
  });

  it("names every wrong variable at once", () => {
    const problems = problemsOf({
      PORT: "70000",
      HOST: "a b",
      OFFSHOOT_URL: "example.com",
      DATABASE_URL: "mysql://root:hunter2@db/x",
      OFFSHOOT_GATEWAY_PORTS: "30000-20000",
      OFFSHOOT_ADMIN_EMAIL: "ada",
      OFFSHOOT_ADMIN_PASSWORD: "short",
      OFFSHOOT_BOOTSTRAP_API_KEY: "ci:short",
      OFFSHOOT_SMTP_URL: "mail.example.com",
      OFFSHOOT_MAIL_FROM: "nobody",
    });
    const named = problems.map((problem) => problem.split(" ")[0]);
    expect(named.sort()).toEqual([
      "DATABASE_URL",
      "HOST",
      "OFFSHOOT_ADMIN_EMAIL",
      "OFFSHOOT_ADMIN_PASSWORD",
      "OFFSHOOT_BOOTSTRAP_API_KEY",
      "OFFSHOOT_GATEWAY_PORTS",
      "OFFSHOOT_MAIL_FROM",
      "OFFSHOOT_SMTP_URL",
      "OFFSHOOT_URL",
      "PORT",
    ]);
  });

  it("never repeats a secret in a problem", () => {
    const text = problemsOf({
      DATABASE_URL: "mysql://root:hunter2@db/x",
      OFFSHOOT_ADMIN_EMAIL: "ada@example.com",
      OFFSHOOT_ADMIN_PASSWORD: "hunter2",
      OFFSHOOT_BOOTSTRAP_API_KEY: "ci:hunter2",
      OFFSHOOT_SMTP_URL: "http://mailer:hunter2@mail.example.com",
      OFFSHOOT_MAIL_FROM: "ops@example.com",
    }).join("\n");
    expect(text).not.toContain("hunter2");
  });

  it.each(["0", "65536", "3.5", "-1", "http", "1e3"])("refuses the port %s", (PORT) => {
    expect(problemsOf({ PORT })).toEqual([`PORT must be a port from 1 to 65535, not "${PORT}".`]);
  });

  it.each([{ OFFSHOOT_SMTP_URL: "smtp://mail.example.com" }, { OFFSHOOT_MAIL_FROM: "ops@example.com" }])(
    "wants the mail server and the sender together",
    (source) => expect(problemsOf(source)[0]).toMatch(/needs OFFSHOOT_(SMTP_URL|MAIL_FROM) beside it\.$/),
  );

  it.each([{ OFFSHOOT_ADMIN_EMAIL: "ada@example.com" }, { OFFSHOOT_ADMIN_PASSWORD: "long enough to do" }])(
    "wants the administrator's e-mail and password together",
    (source) => expect(problemsOf(source)[0]).toMatch(/needs OFFSHOOT_ADMIN_(EMAIL|PASSWORD) beside it\.$/),
  );
});
