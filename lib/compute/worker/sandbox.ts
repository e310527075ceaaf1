import { randomFillSync } from "node:crypto";
import { constants } from "node:fs";
import module, { syncBuiltinESMExports } from "node:module";
import * as path from "node:path";
import * as url from "node:url";
import type { ImageBundle } from "../image-bundle";
import { MEMORY_PAGES_MAX, withSharedMemory } from "../wasm-patch";
import { FileError } from "./errno";
import { LatchWait } from "./latch-wait";

/** What the sandbox tells: the main module's instance, and where the glue asks for the bytes of a library. */
export interface SandboxHooks {
  onMainInstance(instance: WebAssembly.Instance, imports: WebAssembly.Imports): void;
  readLibrary(path: string): Uint8Array;
}

/**
 * Whoever logs in to a compute is its superuser, and a superuser of Postgres may run programs, read files and load code.
 * All of that must end inside the worker. Two doors lead out of WebAssembly: modules of Node that the glue asks for by
 * `require`, and code that is compiled, because a library may carry JavaScript that the glue evaluates. To be called
 * before PGlite is imported.
 */
export function enterSandbox(bundle: ImageBundle, hooks: SandboxHooks): void {
  restrictRequire(hooks);
  restrictWebAssembly(bundle, hooks);
}

function restrictRequire(hooks: SandboxHooks): void {
  // /dev/urandom and random_get; the glue passes a view of shared memory, which crypto would refuse or race with.
  const fillRandom = (view: Uint8Array): Uint8Array => {
    view.set(randomFillSync(new Uint8Array(view.length)));
    return view;
  };
  const allowed: Record<string, object> = {
    fs: { constants, readFileSync: (name: string) => hooks.readLibrary(name) },
    path,
    url,
    crypto: { randomFillSync: fillRandom },
  };
  const require = (name: string): object => {
    const found = allowed[name.replace(/^node:/, "")];
    if (!found) throw new FileError("EPERM", `a compute may not use ${name}`);
    return found;
  };
  Object.assign(module, { createRequire: () => require });
  syncBuiltinESMExports();
}

function restrictWebAssembly(bundle: ImageBundle, hooks: SandboxHooks): void {
  const { Memory, Module, instantiate } = WebAssembly;
  const findModule = createModuleFinder(bundle, Module);
  const refuse = async () => {
    throw new WebAssembly.CompileError("a compute does not compile code by itself");
  };
  Object.assign(WebAssembly, {
    Memory: class extends Memory {
      constructor({ initial }: WebAssembly.MemoryDescriptor) {
        super({ initial, maximum: MEMORY_PAGES_MAX, shared: true });
      }
    },
    Module: new Proxy(Module, { construct: (_target, [bytes]) => findModule(toBytes(bytes)) }),
    compile: refuse,
    compileStreaming: refuse,
    instantiateStreaming: refuse,
    async instantiate(source: WebAssembly.Module | BufferSource, imports: WebAssembly.Imports) {
      if (!(source instanceof Module)) {
        const found = findModule(toBytes(source));
        return { module: found, instance: await instantiate(found, imports) };
      }
      if (source !== bundle.wasm) return instantiate(source, imports);
      const wait = new LatchWait(imports);
      const instance = await instantiate(source, wait.imports);
      wait.attach(instance);
      hooks.onMainInstance(instance, imports);
      return instance;
    },
  });
}

const toBytes = (source: BufferSource): Uint8Array =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);

/** Answers compiled code only for bytes that the image itself ships, and for the glue's trampolines. */
function createModuleFinder(bundle: ImageBundle, Module: typeof WebAssembly.Module) {
  const shipped = [Buffer.from(bundle.data), Buffer.from(bundle.files)];
  const compiled = bundle.libraries.map(({ path: library, module: code }) => {
    const file = bundle.index.find((candidate) => candidate.path === library);
    return { bytes: Buffer.from(bundle.files, file?.offset, file?.length), code };
  });
  return (bytes: Uint8Array): WebAssembly.Module => {
    // First, because it is cheap and there are many; a search through all files is neither.
    if (bytes.length <= TRAMPOLINE_BYTES_MAX) {
      const code = new Module(Uint8Array.from(bytes));
      if (isTrampoline(code)) return code;
    }
    const shared = compiled.find((library) => library.bytes.equals(bytes));
    if (shared) return shared.code;
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (shipped.some((files) => files.includes(view))) return new Module(Uint8Array.from(withSharedMemory(bytes)));
    throw new WebAssembly.CompileError("the library is no part of this service's image");
  };
}

// A header, one type of up to ~60 parameters, one import and one export.
const TRAMPOLINE_BYTES_MAX = 128;

/** The glue wraps each JavaScript callback in a module that imports `e.f` and exports it again: nothing else in it. */
function isTrampoline(code: WebAssembly.Module): boolean {
  const imports = WebAssembly.Module.imports(code);
  return imports.length === 1 && imports[0]?.module === "e" && imports[0].name === "f";
}
