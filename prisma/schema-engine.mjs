#!/usr/bin/env node
/**
 * Stands in for Prisma's native schema engine, which its command line would download. Prisma starts it as a program
 * (PRISMA_SCHEMA_ENGINE_BINARY, prisma.config.ts) in one of two ways:
 * - `schema-engine cli <command> --datasource <json>`: one answer by exit code, errors as JSON lines on standard error;
 * - without a command: JSON-RPC, one message a line, on standard input and output.
 * Behind it works the same engine as WebAssembly, from npm, over the pg driver. So installing this project needs npm alone.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";
import { parseIntoClientConfig } from "pg-connection-string";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  strict: false, // Prisma passes options of its native engine that mean nothing here
  options: {
    datamodels: { type: "string", multiple: true },
    datasource: { type: "string" },
    version: { type: "boolean" },
  },
});

const datasourceUrl = options.datasource ? (JSON.parse(options.datasource).url ?? "") : "";

// --- one command ----------------------------------------------------------------------------------------------------------

async function answerCommand(command) {
  try {
    const run = COMMANDS[command];
    if (!run) throw new Error(`unknown command ${command}`);
    await run();
    process.exit(0);
  } catch (error) {
    process.stderr.write("\n"); // Prisma reads the last line
    // 3D000: the database does not exist, which Prisma answers by offering to create it.
    logError(error.message, error.code === "3D000" ? "P1003" : "P1001");
    process.exit(1);
  }
}

const COMMANDS = {
  "can-connect-to-database": () => withClient(clientConfig().config, () => {}),
  "create-database": () => onMaintenanceDatabase((client, name) => client.query(`CREATE DATABASE ${name}`)),
  "drop-database": () =>
    onMaintenanceDatabase((client, name) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
};

async function onMaintenanceDatabase(act) {
  const { config } = clientConfig();
  await withClient({ ...config, database: "postgres" }, (client) => act(client, quote(config.database)));
}

async function withClient(config, act) {
  const client = new pg.Client(config);
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}

/** Prisma's own parameter `schema` is not Postgres's. */
function clientConfig() {
  if (!/^postgres(ql)?:/.test(datasourceUrl))
    throw Object.assign(new Error("DATABASE_URL is missing or is no postgresql:// address"), { code: "P1012" });
  const url = new URL(datasourceUrl);
  const schema = url.searchParams.get("schema") ?? undefined;
  url.searchParams.delete("schema");
  return { schema, config: { ...parseIntoClientConfig(url.toString()), max: 2 } };
}

function quote(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

// --- JSON-RPC -------------------------------------------------------------------------------------------------------------

/** Answers each line; ends when Prisma has closed the input and every answer is written. */
function serveRpc() {
  // Before it traps, the engine leaves its panic's message here; without it the process would end mute.
  let panic;
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    set_message(message) {
      panic = message;
    },
  };
  process.on("uncaughtException", (error) => {
    logError(panic ?? error.stack);
    process.exit(101);
  });

  let engine;
  let unanswered = 0;
  let isClosed = false;
  const exitWhenDone = () => isClosed && unanswered === 0 && process.exit(0);

  createInterface({ input: process.stdin })
    .on("line", async (line) => {
      const { id, method, params } = JSON.parse(line);
      if (!method) return; // Prisma's answer to a `print` of ours
      unanswered++;
      try {
        engine ??= loadEngine();
        send({ id, result: await call(await engine, method, params ?? {}) });
      } catch (error) {
        send({ id, error: toRpcError(error, { panic, factory: (await engine?.catch(() => {}))?.factory }) });
      } finally {
        unanswered--;
        exitWhenDone();
      }
    })
    .on("close", () => {
      isClosed = true;
      exitWhenDone();
    });
}

let nextPrintId = 1_000_000; // far from the numbers of Prisma's own messages

async function call({ engine }, method, params) {
  // The one method whose name differs between the two builds.
  const result = await engine[method === "getDatabaseVersion" ? "version" : method](params);
  if (method !== "diff" || !result?.stdout) return result ?? {};
  // The native engine prints a difference while it makes it; this one hands it back.
  send({ id: nextPrintId++, method: "print", params: { content: result.stdout } });
  return { ...result, stdout: null };
}

function toRpcError(error, { panic, factory }) {
  // An error of the driver crosses the WebAssembly border as a number.
  const driverError = error?.code === "GenericJs" ? factory?.errorRegistry.consumeError(error.id)?.error : undefined;
  return {
    code: 4466, // "a known or an unknown error", in Prisma's protocol
    message: "An error happened. Check the data field for details.",
    data: {
      is_panic: error?.name === "RuntimeError",
      message: panic ?? driverError?.message ?? error?.message ?? String(error),
      meta: error?.meta ?? null,
      error_code: error?.error_code ?? error?.code ?? null,
    },
  };
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

function logError(message, errorCode) {
  const fields = { message, ...(errorCode && { error_code: errorCode }) };
  const line = { timestamp: new Date().toISOString(), level: "ERROR", target: "schema_engine::logger", fields };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

// --- the engine -----------------------------------------------------------------------------------------------------------

async function loadEngine() {
  const entry = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm");
  const wasm = readFileSync(entry.replace(/schema_engine\.js$/, "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  const factory = bindMigrationAwareSqlAdapterFactory(makeAdapterFactory());
  const datamodels = options.datamodels?.map((path) => [path, readFileSync(path, "utf8")]);
  const ignoreLogLine = () => {};
  return { factory, engine: await bindings.SchemaEngine.new({ datamodels }, ignoreLogLine, factory) };
}

function makeAdapterFactory() {
  const { schema, config } = clientConfig();
  return new SchemaEnginePg(config, { schema });
}

class SchemaEnginePg extends PrismaPg {
  #config;
  #options;

  constructor(config, adapterOptions) {
    super(config, adapterOptions);
    this.#config = config;
    this.#options = adapterOptions;
  }

  async connect() {
    return forSchemaEngine(await super.connect());
  }

  /** A database to try migrations on. The package's own way names no database when it was given an address, and drops it while its pool is open. */
  async connectToShadowDb() {
    const database = `prisma_migrate_shadow_db_${randomUUID()}`;
    await withClient(this.#config, (client) => client.query(`CREATE DATABASE ${quote(database)} TEMPLATE template0`));
    const shadow = forSchemaEngine(await new PrismaPg({ ...this.#config, database }, this.#options).connect());
    const close = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await close();
      await withClient(this.#config, (client) => client.query(`DROP DATABASE ${quote(database)} WITH (FORCE)`));
    };
    return shadow;
  }
}

/** Two things that queries of an application never need, and migrations do. */
function forSchemaEngine(adapter) {
  runWholeScripts(adapter);
  readCharType(adapter);
  return adapter;
}

/** The adapter splits a script at each semicolon, also inside comments, texts and functions; Postgres knows better. */
function runWholeScripts(adapter) {
  adapter.executeScript = async (script) => {
    try {
      await adapter.client.query(script);
    } catch (error) {
      adapter.onError(error);
    }
  };
}

const CHAR_OID = 18;
const TEXT_OID = 25;

/** The engine reads columns of the catalogs' one-byte type "char", which the adapter cannot decode: they pass as text and get their type back. */
function readCharType(adapter) {
  const { performIO, queryRaw } = adapter;
  adapter.queryRaw = async (query) => {
    let isChar = [];
    const passingAsText = Object.create(adapter, {
      performIO: {
        async value(io) {
          const result = await performIO.call(adapter, io);
          isChar = result.fields.map((field) => field.dataTypeID === CHAR_OID);
          for (const field of result.fields) if (field.dataTypeID === CHAR_OID) field.dataTypeID = TEXT_OID;
          return result;
        },
      },
    });
    const result = await queryRaw.call(passingAsText, query);
    const columnTypes = result.columnTypes.map((type, index) => (isChar[index] ? ColumnTypeEnum.Character : type));
    return { ...result, columnTypes };
  };
}

if (options.version) console.log("schema-engine-cli wasm");
else if (positionals[0] === "cli") await answerCommand(positionals[1]);
else serveRpc();
