import { networkInterfaces } from "node:os";
import { betterAuth } from "better-auth";
import { prismaAdapter } from "better-auth/adapters/prisma";
import { nextCookies } from "better-auth/next-js";
import { database } from "@/lib/db";
import { type Env, readEnv } from "@/lib/env";
import { ADDRESS_HEADER } from "@/lib/std/address-header";
import { hashPassword, verifyPassword } from "./password-hash";
import { loadSecrets } from "./secrets";

const SESSION_SECONDS = 7 * 86_400;
// A session in use is prolonged once a day, not with each request.
const SESSION_UPDATE_SECONDS = 86_400;

let instance: ReturnType<typeof makeAuth> | undefined;

/**
 * better-auth over the control database: accounts with e-mail and password, sessions in cookies. Made when it is first
 * asked for, because a build has neither a database nor a secret. Its HTTP routes are not mounted: people sign in and out
 * through server actions, so there is no sign-up route to close.
 */
export function auth(): ReturnType<typeof makeAuth> {
  instance ??= makeAuth(readEnv());
  return instance;
}

function makeAuth(env: Env) {
  return betterAuth({
    appName: "Offshoot",
    baseURL: env.url,
    trustedOrigins: listTrustedOrigins(env),
    secret: loadSecrets(env.dataDir).sessionSecret,
    database: prismaAdapter(database(), { provider: "postgresql" }),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 12,
      maxPasswordLength: 128,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    session: { expiresIn: SESSION_SECONDS, updateAge: SESSION_UPDATE_SECONDS },
    advanced: {
      // What a session remembers of where it came from; other headers are the client's to choose.
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
      cookiePrefix: "offshoot",
      // Behind TLS the cookie must never travel without it; on plain localhost a browser would refuse such a cookie.
      useSecureCookies: env.url.startsWith("https:"),
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax" },
    },
    // A wrong password is no event for the log; lib/auth says what a person must know.
    logger: { level: "error" },
    telemetry: { enabled: false },
    plugins: [nextCookies()], // the last one: it hands cookies that others have set to Next
  });
}

/** The addresses under which this server is open in a browser. `localhost` and `127.0.0.1` are different origins. */
export function listTrustedOrigins({ url, host, port }: Pick<Env, "url" | "host" | "port">): string[] {
  const names = new Set(["localhost", "127.0.0.1"]);
  if (host === "0.0.0.0" || host === "::") for (const address of listAddresses()) names.add(address);
  else names.add(host);
  const origins = [...names].map((name) => `http://${name.includes(":") ? `[${name}]` : name}:${port}`);
  return [...new Set([url, ...origins])];
}

const listAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
