import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createGateway,
  ensureCertificates,
  type Gateway,
  type GatewayLimits,
  type ServiceEndpoint,
} from "@/lib/gateway";
import { type Clock, systemClock } from "@/lib/std/clock";
import { type Log, silentLog } from "@/lib/std/log";
import { createScramVerifier } from "@/lib/std/scram";
import { type PostgresBackend, type PostgresServer, startPostgres } from "./postgres-backend";

export const PASSWORD = "correct horse";

/** A gateway in front of a real PostgreSQL, and what tests do to it. */
export interface GatewayFixture {
  readonly gateway: Gateway;
  readonly caPath: string;
  readonly ca: string;
  /** Opens a service with a backend of its own. */
  openService(options?: Partial<ServiceEndpoint>): Promise<TestService>;
  stop(): Promise<void>;
}

export interface TestService {
  readonly serviceId: string;
  readonly port: number;
  /** All backends that this service has had, newest last. */
  readonly backends: PostgresBackend[];
  close(reason?: string): Promise<void>;
}

export interface FixtureOptions {
  readonly limits?: Partial<GatewayLimits>;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** A port that nobody uses at this moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a gateway; `server` is shared by several of them in one file. */
export async function startGateway(server: PostgresServer, options: FixtureOptions = {}): Promise<GatewayFixture> {
  const dir = mkdtempSync(join(tmpdir(), "gw-tls-"));
  const tls = await ensureCertificates(dir, ["localhost", "127.0.0.1"]);
  const gateway = createGateway({ host: "127.0.0.1", tls, log: silentLog, clock: systemClock, ...options });
  const verifier = await createScramVerifier(PASSWORD);
  const opened: PostgresBackend[] = [];
  let count = 0;
  return {
    gateway,
    ca: tls.ca,
    caPath: join(dir, "ca.crt"),
    async openService(overrides = {}) {
      const backends: PostgresBackend[] = [];
      const endpoint: ServiceEndpoint = {
        serviceId: `service${count++}`,
        port: await findFreePort(),
        findVerifier: async (role) => (role === "tsdbadmin" ? verifier : undefined),
        async acquireBackend() {
          const backend = await server.openBackend();
          backends.push(backend);
          opened.push(backend);
          return backend;
        },
        ...overrides,
      };
      await gateway.open(endpoint);
      const { serviceId, port } = endpoint;
      return { serviceId, port, backends, close: (reason = "closed by the test") => gateway.close(serviceId, reason) };
    },
    async stop() {
      await gateway.shutdown();
      for (const backend of opened) backend.kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export { type PostgresServer, startPostgres };
