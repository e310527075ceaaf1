#!/usr/bin/env node
// Stand-in for Prisma's native schema-engine: same argv + JSON-RPC-over-stdio protocol, WASM engine + driver adapter inside.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import * as bg from "@prisma/schema-engine-wasm/schema_engine_bg";

const require = createRequire(import.meta.url);
const { values: a, positionals: pos } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    datamodels: { type: "string", multiple: true },
    datasource: { type: "string" },
    version: { type: "boolean" },
    "enabled-preview-features": { type: "string" },
    "extension-types": { type: "string" },
  },
});
if (a.version) {
  console.log("schema-engine-cli", "wasm-shim");
  process.exit(0);
}

const ds = a.datasource ? JSON.parse(a.datasource) : {};
const url = ds.url ?? "";
const log = (level, message, error_code) =>
  process.stderr.write(
    JSON.stringify({
      timestamp: new Date().toISOString(),
      level,
      target: "schema_engine::logger",
      fields: { message, ...(error_code && { error_code }) },
    }) + "\n",
  );

// adapter-pg cannot decode the catalogs' "char" type (oid 18), which the describer insists on (PostgreSQL 18 lists NOT NULL constraints that way)
function withCharType(adapter) {
  const { performIO, queryRaw } = adapter;
  adapter.queryRaw = async (query) => {
    let isChar;
    const self = Object.create(adapter, {
      performIO: {
        value: async (q) => {
          const result = await performIO.call(adapter, q);
          isChar = result.fields.map((f) => f.dataTypeID === 18);
          result.fields.forEach((f, i) => {
            if (isChar[i]) f.dataTypeID = 25;
          });
          return result;
        },
      },
    });
    const result = await queryRaw.call(self, query);
    return {
      ...result,
      columnTypes: result.columnTypes.map((type, i) => (isChar[i] ? ColumnTypeEnum.Character : type)),
    };
  };
  return adapter;
}

async function adapterFactory() {
  if (/^postgres(ql)?:/.test(url)) {
    const { PrismaPg } = await import("@prisma/adapter-pg");
    const pg = (await import("pg")).default;
    const u = new URL(url);
    const schema = u.searchParams.get("schema") ?? undefined;
    u.searchParams.delete("schema");
    const { parseIntoClientConfig } = await import("pg-connection-string");
    const cfg = { ...parseIntoClientConfig(u.toString()), max: 2 };
    return new (class extends PrismaPg {
      async connect() {
        return withCharType(await super.connect());
      }
      // upstream's version is unusable on a plain server (a connectionString overrides `database`; it drops before closing its pool)
      async connectToShadowDb() {
        const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
        const admin = new pg.Client(cfg);
        await admin.connect();
        await admin.query(`CREATE DATABASE "${name}" TEMPLATE template0`);
        const shadow = withCharType(await new PrismaPg({ ...cfg, database: name }, { schema }).connect());
        const close = shadow.dispose.bind(shadow);
        shadow.dispose = async () => {
          await close();
          await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
          await admin.end();
        };
        return shadow;
      }
    })(cfg, { schema });
  }
  throw Object.assign(new Error(`unsupported or missing datasource url`), { code: "P1012" });
}
async function adminClient() {
  const pg = (await import("pg")).default;
  const u = new URL(url);
  u.searchParams.delete("schema");
  const db = decodeURIComponent(u.pathname.slice(1));
  u.pathname = "/postgres";
  const c = new pg.Client(u.toString());
  await c.connect();
  return { c, db };
}

if (pos[0] === "cli") {
  try {
    if (pos[1] === "can-connect-to-database") {
      if (/^postgres/.test(url)) {
        const pg = (await import("pg")).default;
        const u = new URL(url);
        u.searchParams.delete("schema");
        const c = new pg.Client(u.toString());
        await c.connect();
        await c.end();
      }
    } else if (pos[1] === "create-database") {
      if (/^postgres/.test(url)) {
        const { c, db } = await adminClient();
        await c.query(`CREATE DATABASE "${db.replaceAll('"', '""')}"`);
        await c.end();
      }
    } else if (pos[1] === "drop-database") {
      const { c, db } = await adminClient();
      await c.query(`DROP DATABASE IF EXISTS "${db.replaceAll('"', '""')}" WITH (FORCE)`);
      await c.end();
    } else throw new Error("unknown cli command " + pos[1]);
    process.exit(0);
  } catch (e) {
    process.stderr.write("\n");
    log("ERROR", e.message, e.code === "3D000" ? "P1003" : "P1001");
    process.exit(1);
  }
}

// The WASM engine hands its panic message over here before it traps; without it the process dies mute.
let panic;
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message: (m) => {
    panic = m;
  },
};
process.on("uncaughtException", (e) => {
  log("ERROR", panic ?? e.stack);
  process.exit(101);
});
let enginePromise;
let factory;
const load = () =>
  (enginePromise ??= (async () => {
    const wasmPath = require
      .resolve("@prisma/schema-engine-wasm")
      .replace(/schema_engine\.js$/, "schema_engine_bg.wasm");
    const { instance } = await WebAssembly.instantiate(readFileSync(wasmPath), { "./schema_engine_bg.js": bg });
    bg.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
    factory = bindMigrationAwareSqlAdapterFactory(await adapterFactory());
    const datamodels = a.datamodels?.map((p) => [p, readFileSync(p, "utf8")]);
    return bg.SchemaEngine.new(
      { datamodels },
      (m) => process.env.SHIM_DEBUG && process.stderr.write(m + "\n"),
      factory,
    );
  })());

const send = (o) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...o }) + "\n");
let printId = 1;
const map = { getDatabaseVersion: "version" };
let pending = 0,
  closed = false;
const maybeExit = () => closed && !pending && process.exit(0);
createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const msg = JSON.parse(line);
    if (!msg.method) return; // reply to our own print request
    pending++;
    try {
      const engine = await load();
      const m = map[msg.method] ?? msg.method;
      let result = await engine[m](msg.params ?? {});
      if (m === "diff" && result?.stdout) {
        send({ id: 1e6 + printId++, method: "print", params: { content: result.stdout } });
        result = { ...result, stdout: null };
      }
      send({ id: msg.id, result: result ?? {} });
    } catch (e) {
      const generic =
        e?.code === "GenericJs" || e?.kind === "GenericJs"
          ? factory?.errorRegistry.consumeError(e.id)?.error
          : undefined;
      if (process.env.SHIM_DEBUG)
        process.stderr.write(require("util").inspect({ e, generic, keys: Object.keys(e ?? {}) }) + "\n");
      const message = panic ?? generic?.message ?? e?.message ?? String(e);
      send({
        id: msg.id,
        error: {
          code: 4466,
          message: "An error happened. Check the data field for details.",
          data: {
            is_panic: e?.name === "RuntimeError",
            message,
            meta: e?.meta ?? null,
            error_code: e?.error_code ?? e?.code ?? null,
          },
        },
      });
    } finally {
      pending--;
      maybeExit();
    }
  })
  .on("close", () => {
    closed = true;
    maybeExit();
  });
