import { readSchema } from "@/lib/ddl";
import type { OperationHandler, StepContext } from "@/lib/orchestrator";
import { type SchemaInput, schemaInput } from "@/lib/schemas/operation-input";
import { getServiceWork, recordSchema, recordSchemaProblem, type ServiceWork } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { formatMicros } from "@/lib/std/micros";
import type { Moment } from "./data-plane";
import type { OperationDeps } from "./operation-deps";
import { type ReadSide, writeDifference, writeSchema } from "./schema-content";

/**
 * Reads the schema of a service, and of the source that it is compared with, in hidden forks: whoever works in either notices nothing,
 * and what is read is one commit. The forks belong to no service, so they are listed, metered and found nowhere; they end with the
 * operation, however it ends.
 */
export function schemaHandler(deps: OperationDeps): OperationHandler {
  const { plane, db, clock } = deps;
  const free = async (input: SchemaInput) => {
    for (const volumeId of hiddenOf(input)) await plane.volumes.delete(volumeId);
  };
  return {
    steps: {
      async settle({ operation }) {
        const { against } = schemaInput.parse(operation.input);
        const { serviceId, source } = await getServiceWork(db, operation.serviceId);
        await plane.computes.settle(serviceId, "fork");
        if (against === "source_now" && source) await plane.computes.settle(source.serviceId, "fork");
        return undefined;
      },
      async fork({ operation }) {
        const input = schemaInput.parse(operation.input);
        const origins = listOrigins(await getServiceWork(db, operation.serviceId), input);
        for (const origin of origins) await makeHidden(deps, origin);
        return undefined;
      },
      async read(context) {
        const input = schemaInput.parse(context.operation.input);
        const origins = listOrigins(await getServiceWork(db, context.operation.serviceId), input);
        const sides: ReadSide[] = [];
        for (const origin of origins) {
          sides.push(await readSide(deps, context, origin));
          await context.reportPercent(Math.round((100 * sides.length) / origins.length));
        }
        const [service, source] = sides;
        assert(service, "the service itself is read first");
        const written = source ? writeDifference(service, source) : writeSchema(service);
        const content = { ...written, volumes: origins.map(({ volumeId }) => volumeId) };
        await context.write((tx) => recordSchema(tx, context.operation, { content, nowMs: clock.nowMs() }));
        return undefined;
      },
      async end({ operation }) {
        await free(schemaInput.parse(operation.input));
        return undefined;
      },
    },
    undo: ({ operation }) => free(schemaInput.parse(operation.input)),
    onFailed: (tx, operation, failure) => recordSchemaProblem(tx, operation, { failure, nowMs: clock.nowMs() }),
  };
}

const hiddenOf = ({ hiddenId, hiddenSourceId }: SchemaInput): string[] =>
  hiddenSourceId === undefined ? [hiddenId] : [hiddenId, hiddenSourceId];

/** What a hidden fork is made of. */
interface Origin {
  readonly hiddenId: string;
  readonly serviceId: string;
  readonly name: string;
  readonly imageId: string;
  readonly volumeId: string;
  /** The newest commit unless one is named. */
  readonly commit: number | undefined;
}

function listOrigins(work: ServiceWork, { hiddenId, hiddenSourceId, base }: SchemaInput): Origin[] {
  const { serviceId, name, imageId, volumeId, source } = work;
  const own = { hiddenId, serviceId, name, imageId, volumeId, commit: undefined };
  if (hiddenSourceId === undefined) return [own];
  assert(source, "only a fork is compared with its source");
  // What it began with is in its own history, whatever became of the source.
  const from = base ?? { volumeId: source.volumeId, commit: undefined };
  return [own, { ...from, hiddenId: hiddenSourceId, serviceId: source.serviceId, name: source.name, imageId }];
}

async function makeHidden({ plane }: OperationDeps, { hiddenId, volumeId, commit, name }: Origin): Promise<void> {
  const isMade = (await plane.volumes.find(hiddenId)) !== undefined;
  if (!isMade && !(await plane.volumes.find(volumeId)))
    throw new AppError("GONE", `${name} was purged before its schema could be read.`);
  await plane.volumes.fork(volumeId, hiddenId, commit);
}

async function readSide({ plane }: OperationDeps, { signal }: StepContext, origin: Origin): Promise<ReadSide> {
  const { hiddenId, volumeId, commit, imageId, serviceId, name } = origin;
  // Made already, so this only says of which commit.
  const base: Moment = await plane.volumes.fork(volumeId, hiddenId, commit);
  const schema = await plane.computes.visit({ volumeId: hiddenId, imageId }, { ask: readSchema, signal });
  return { schema, side: { service_id: serviceId, name, commit: base.commit, time: formatMicros(base.micros) } };
}
