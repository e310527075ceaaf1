import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { BlockStore } from "@/lib/blocks";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { getImage, IMAGES } from "./images";
import type { Failure, Task } from "./protocol";
import { withSharedMemory } from "./wasm-patch";
import type { WorkerHandle } from "./worker-handle";

/** Raised when something that is the same for all images changes what a template holds. */
const FORMAT = 1;

/** The volume that new services of an image are forks of. Ten of `[a-z0-9]`, as all volume ids. */
export const templateVolumeId = (imageId: string): string => volumeId("template", imageId);

/** The volume that a template is made on, before it gets its name. */
const workshopVolumeId = (imageId: string): string => volumeId("workshop", imageId);

/** Whether a volume is one of these two, of whatever version. */
export const isTemplateVolume = (id: string): boolean => /^(tpl|wrk)0[0-9a-z]{6}$/.test(id);

/** `tpl` or `wrk`, the image's place in the catalogue, and what the content depends on; nothing drawn, so it is found again. */
function volumeId(kind: "template" | "workshop", imageId: string): string {
  const place = IMAGES.findIndex((image) => image.id === imageId);
  const { recipe } = getImage(imageId);
  assert(place >= 0 && place < 36 && recipe < 36 && FORMAT < 36, "a template's id has no room for these numbers");
  const digits = [place, FORMAT, recipe].map((n) => n.toString(36).padStart(2, "0")).join("");
  return `${kind === "template" ? "tpl0" : "wrk0"}${digits}`;
}

export interface TemplateOptions {
  readonly store: BlockStore;
  readonly scratchDir: string;
  /** A worker for a volume with a database, or, given `initdb`, for an empty one. */
  startWorker(initdb: InitdbModules | undefined): Promise<WorkerHandle>;
}

export interface InitdbModules {
  readonly initdb: WebAssembly.Module;
  /** In place of the image's main module. */
  readonly main?: WebAssembly.Module;
}

/**
 * Makes the template if it is not there. It is built on another volume, whatever a killed attempt left there is thrown
 * away, and becomes the template by being forked: a fork is durable or it is not, so a half-made template cannot be found.
 */
export async function ensureTemplate(imageId: string, options: TemplateOptions): Promise<string> {
  const template = templateVolumeId(imageId);
  if (await options.store.find(template)) return template;
  const workshop = workshopVolumeId(imageId);
  await options.store.delete(workshop);
  await options.store.create(workshop);
  const initdb = await compileInitdb(imageId);
  await work(workshop, { ...options, initdb, work: "initialise" });
  await work(workshop, { ...options, initdb: undefined, work: "complete-template" });
  await options.store.fork(workshop, template);
  await options.store.delete(workshop);
  return template;
}

/** initdb is a module of its own in one build; the other has it in the main one, and wants that one's texts as they were. */
async function compileInitdb(imageId: string): Promise<InitdbModules> {
  const { package: name, flavor } = getImage(imageId);
  const dir = dirname(createRequire(import.meta.url).resolve(name));
  const file = flavor === "main-loop" ? "initdb.wasm" : "pglite.wasm";
  const module = await WebAssembly.compile(Uint8Array.from(withSharedMemory(await readFile(join(dir, file)))));
  return flavor === "main-loop" ? { initdb: module } : { initdb: module, main: module };
}

interface Work extends TemplateOptions {
  readonly work: Task["work"];
  readonly initdb: InitdbModules | undefined;
}

async function work(volumeId: string, { store, scratchDir, startWorker, initdb, work }: Work): Promise<void> {
  const { ticket, release } = await store.openWriter(volumeId);
  try {
    const worker = await startWorker(initdb);
    worker.perform({ ticket, scratchDir: join(scratchDir, volumeId), work }, () => {});
    await worker.ended;
    if (worker.failure) throw templateFailure(worker.failure);
  } finally {
    await release();
  }
}

function templateFailure({ sentence, details }: Failure): AppError {
  return new AppError("INTERNAL", `The image's template could not be made. ${sentence}`, { cause: new Error(details) });
}
