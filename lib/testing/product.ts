import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { ServiceDto } from "@/lib/schemas/service";

// Tests and benchmarks run in the checkout; a bundle's own place would say nothing about it.
const ROOT = process.cwd();
// What npm start does once there is a current build; a file that is edited while tests run must not make them wait for a new one.
const START = `const { runSupervisor } = await import("./dist/supervisor.js"); process.exit(await runSupervisor());`;
const DIRECTLY = { command: process.execPath, args: ["--input-type=module", "--eval", START] };
const BY_NPM = { command: "npm", args: ["start", "--silent"] };
const START_MS = 150_000;
const READY_MS = 150_000;

export interface ProductSettings {
  readonly dataDir: string;
  readonly port: number;
  readonly gatewayPorts: string;
  readonly apiKey: string;
  /** Other variables. */
  readonly env?: Readonly<Record<string, string>>;
}

const launched: Product[] = [];

/** The whole product as `npm start` runs it, with ports and a data directory of its own. Needs a current build. */
export class Product {
  readonly settings: ProductSettings;
  readonly process: ChildProcess;
  /** All that it printed so far. */
  output = "";

  private constructor(settings: ProductSettings, { command, args }: { command: string; args: string[] } = DIRECTLY) {
    this.settings = settings;
    this.process = spawn(command, args, {
      cwd: ROOT,
      // A group of its own, so that a test can do what Ctrl-C in a terminal does.
      detached: true,
      env: {
        NODE_ENV: "production",
        PATH: process.env.PATH,
        PORT: String(settings.port),
        OFFSHOOT_DATA_DIR: settings.dataDir,
        OFFSHOOT_GATEWAY_PORTS: settings.gatewayPorts,
        OFFSHOOT_BOOTSTRAP_API_KEY: settings.apiKey,
        ...settings.env,
      },
    });
    launched.push(this);
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on("data", (part) => {
        this.output += part;
      });
  }

  /** Ends all that a test file started, whatever became of its tests. */
  static async stopAll(): Promise<void> {
    for (const product of launched.splice(0)) if (!product.hasEnded) await product.pressCtrlC();
  }

  /** Starts it without waiting for anything. */
  static launch(settings: ProductSettings): Product {
    return new Product(settings);
  }

  /** Starts it and resolves when it prints its address. */
  static async start(settings: ProductSettings, { byNpm = false } = {}): Promise<Product> {
    const product = new Product(settings, byNpm ? BY_NPM : DIRECTLY);
    await waitUntil(() => product.output.includes("Press Ctrl-C to stop") || product.hasEnded, START_MS);
    if (product.hasEnded) throw new Error(`the product did not start:\n${product.output}`);
    return product;
  }

  get url(): string {
    return `http://127.0.0.1:${this.settings.port}`;
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** Resolves to the exit code. */
  async ended(): Promise<number | null> {
    if (!this.hasEnded) await once(this.process, "exit");
    return this.process.exitCode;
  }

  /** What Ctrl-C in a terminal does: the signal reaches every process of the group. Resolves to the exit code. */
  async pressCtrlC(): Promise<number | null> {
    process.kill(-(this.process.pid as number), "SIGINT");
    return this.ended();
  }

  /** One request to the REST API with the installation's key; `body` makes it a POST. */
  async api<Result>(path: string, body?: unknown): Promise<Result> {
    const response = await fetch(`${this.url}/public/api/v1${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: `Basic ${Buffer.from(this.settings.apiKey).toString("base64")}`,
        "content-type": "application/json",
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Result;
  }

  async services(): Promise<string> {
    const { api_key } = await this.api<{ api_key: { project: { id: string } } }>("/auth/info");
    return `/projects/${api_key.project.id}/services`;
  }

  /** Resolves to the service once it is READY. */
  async untilReady(serviceId: string): Promise<ServiceDto> {
    const path = `${await this.services()}/${serviceId}`;
    let service: ServiceDto | undefined;
    await waitUntil(async () => {
      service = await this.api<ServiceDto>(path);
      if (service.status === "FAILED") throw new Error(`the service failed: ${service.status_reason}`);
      return service.status === "READY";
    }, READY_MS);
    return service as ServiceDto;
  }
}

/** Ports that nobody uses now, and a data directory that the product itself will make. */
export async function makeProductSettings(): Promise<ProductSettings> {
  const port = await findFreePort();
  // Ranges of other test files, which run at the same time, lie elsewhere: their process has another number.
  const firstPort = 22_000 + (process.pid % 500) * 10;
  return {
    dataDir: join(tmpdir(), `offshoot-product-${randomBytes(4).toString("hex")}`),
    port,
    gatewayPorts: `${firstPort}-${firstPort + 9}`,
    apiKey: `test:${randomBytes(16).toString("hex")}`,
  };
}

export const removeData = ({ dataDir }: ProductSettings): void => rmSync(dataDir, { recursive: true, force: true });

/** Runs one query at a service's endpoint and answers its rows. */
export async function queryService(service: ServiceDto, password: string, text: string): Promise<unknown[]> {
  const client = await connectService(service, password);
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

export async function connectService(service: ServiceDto, password: string): Promise<pg.Client> {
  const { host, port } = service.endpoint ?? {};
  const client = new pg.Client({
    host,
    port,
    password,
    user: "tsdbadmin",
    database: "tsdb",
    ssl: { rejectUnauthorized: false },
    connectionTimeoutMillis: 20_000,
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** For what happens in other processes and tells nobody: asks until it is so. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so within ${limitMs} ms: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
