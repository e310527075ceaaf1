import type { DurableKind } from "@/lib/schemas/operation";
import type { ResetBody, ServiceDto } from "@/lib/schemas/service";
import {
  changeHistorySettings,
  getSchema,
  listDisarmed,
  reapDue,
  requestArm,
  requestCreate,
  requestDelete,
  requestFork,
  requestPause,
  requestPurge,
  requestReset,
  requestResize,
  requestRestore,
  requestResume,
  requestSnapshot,
  setAllowList,
} from "@/lib/services";
import type { ServiceState } from "@/lib/services/service-state";
import { switchRow } from "../simulated-data-plane";
import type { FaultScene } from "./fault-scene";

/** One kind of operation on a service in one situation. */
export interface Scenario {
  readonly kind: DurableKind;
  /** The service that it is done to, READY unless it says otherwise; undefined for one that is made by it. */
  prepare(scene: FaultScene): Promise<string | undefined>;
  /** Asks for it; the id of the service. */
  ask(scene: FaultScene, serviceId: string): Promise<string>;
  /** The state that it leads to, and the one that it leaves when it fails for good; the same when it changes none. */
  readonly to: ServiceState;
  /** Where it is left as if it had not been asked for, by a failure for good or by a cancel. Undefined: it is tried until it works. */
  readonly orElse?: ServiceState;
  /** A cancel leaves another state than a failure. */
  readonly cancelledTo?: ServiceState;
  /** What the service holds when it runs afterwards. */
  readonly rows?: readonly string[];
  readonly rowsBefore?: readonly string[];
}

const SAMPLE = ["prod-telemetry 1", "prod-telemetry 2"];
const JOB = switchRow({ kind: "job", name: "refresh", details: {}, isOn: true });
const JOB_OFF = switchRow({ kind: "job", name: "refresh", details: {}, isOn: false });
const HOUR_MS = 3_600_000;

const id = ({ service_id }: Pick<ServiceDto, "service_id">): string => service_id;

/** A service with a row. */
async function aService(scene: FaultScene): Promise<string> {
  const made = id(await scene.done(requestCreate(scene.actor, { name: "prod" }, scene.options)));
  scene.engine.plane.insert(made, "kept");
  return made;
}

async function aFork(scene: FaultScene): Promise<string> {
  const sourceId = await aService(scene);
  scene.engine.plane.insert(sourceId, JOB);
  const body = { fork_strategy: "NOW", ttl: "1h" } as const;
  return id(await scene.done(requestFork(scene.actor, { sourceId, body }, scene.options)));
}

/** A fork with a row that is to stay, and one that is not. */
async function aForkToReset(scene: FaultScene): Promise<string> {
  const fork = await aFork(scene);
  scene.engine.plane.insert(fork, "good");
  await scene.note(fork);
  scene.engine.plane.insert(fork, "bad");
  return fork;
}

const reset = async (scene: FaultScene, serviceId: string, body: ResetBody) =>
  id(await requestReset(scene.actor, { serviceId, body }, scene.options));
const resetToNoted = (scene: FaultScene, serviceId: string) =>
  reset(scene, serviceId, { fork_strategy: "PITR", commit: scene.noted });
const pause = async (scene: FaultScene, serviceId: string) =>
  id(await requestPause(scene.actor, serviceId, scene.options));
const remove = async (scene: FaultScene, serviceId: string) =>
  id(await requestDelete(scene.actor, serviceId, scene.options));
const restore = async (scene: FaultScene, serviceId: string) =>
  id(await requestRestore(scene.actor, { serviceId }, scene.options));

async function expire(scene: FaultScene, serviceId: string): Promise<string> {
  scene.context.clock.advance(HOUR_MS);
  await reapDue(scene.context.clock.nowMs(), scene.options);
  return serviceId;
}

/** It happened, and was done. */
const after =
  (prepare: (scene: FaultScene) => Promise<string>, ...asks: ((scene: FaultScene, id: string) => Promise<string>)[]) =>
  async (scene: FaultScene): Promise<string> => {
    const serviceId = await prepare(scene);
    for (const ask of asks) await scene.done(ask(scene, serviceId));
    return serviceId;
  };

const FORKED = ["kept", JOB_OFF];
const TO_RESET = [...FORKED, "good", "bad"];
const NOTED = [...FORKED, "good"];

/** Everything that is done to services, by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  create: {
    kind: "create",
    prepare: async () => undefined,
    ask: async ({ actor, options }) =>
      id(await requestCreate(actor, { name: "new", sample: "prod-telemetry" }, options)),
    to: "READY",
    orElse: "FAILED",
    cancelledTo: "PURGED",
    rows: SAMPLE,
  },
  "fork of now": {
    kind: "fork",
    prepare: aService,
    ask: async ({ actor, options }, sourceId) =>
      id(await requestFork(actor, { sourceId, body: { fork_strategy: "NOW" } }, options)),
    to: "READY",
    orElse: "FAILED",
    cancelledTo: "PURGED",
    rows: ["kept"],
  },
  "fork of a moment": {
    kind: "fork",
    async prepare(scene) {
      const source = await aService(scene);
      scene.engine.plane.insert(source, JOB);
      await scene.note(source);
      scene.engine.plane.insert(source, "later");
      return source;
    },
    ask: async ({ actor, options, noted }, sourceId) =>
      id(await requestFork(actor, { sourceId, body: { fork_strategy: "PITR", commit: noted } }, options)),
    to: "READY",
    orElse: "FAILED",
    cancelledTo: "PURGED",
    rows: FORKED,
  },
  pause: { kind: "pause", prepare: aService, ask: pause, to: "PAUSED", orElse: "READY", rowsBefore: ["kept"] },
  resume: {
    kind: "resume",
    prepare: after(aService, pause),
    ask: async ({ actor, options }, serviceId) => id(await requestResume(actor, serviceId, options)),
    to: "READY",
    orElse: "PAUSED",
    rows: ["kept"],
  },
  resize: {
    kind: "resize",
    prepare: aService,
    ask: async ({ actor, options }, serviceId) =>
      id(await requestResize(actor, { serviceId, body: { cpu_millis: 1000, memory_gbs: 4 } }, options)),
    to: "READY",
    orElse: "READY",
    rows: ["kept"],
    rowsBefore: ["kept"],
  },
  reset: {
    kind: "reset",
    prepare: aForkToReset,
    ask: resetToNoted,
    to: "READY",
    orElse: "READY",
    rows: NOTED,
    rowsBefore: TO_RESET,
  },
  "reset to its base": {
    kind: "reset",
    prepare: aForkToReset,
    ask: (scene, serviceId) => reset(scene, serviceId, { base: true }),
    to: "READY",
    orElse: "READY",
    rows: FORKED,
    rowsBefore: TO_RESET,
  },
  "reset of a paused one": {
    kind: "reset",
    prepare: after(aForkToReset, pause),
    ask: resetToNoted,
    to: "PAUSED",
    orElse: "PAUSED",
  },
  "undo of a reset": {
    kind: "reset",
    prepare: after(aForkToReset, resetToNoted),
    ask: (scene, serviceId) => reset(scene, serviceId, { undo: true }),
    to: "READY",
    orElse: "READY",
    rows: TO_RESET,
    rowsBefore: NOTED,
  },
  expire: { kind: "expire", prepare: aFork, ask: expire, to: "EXPIRED" },
  delete: { kind: "delete", prepare: aService, ask: remove, to: "DELETED" },
  restore: {
    kind: "restore",
    prepare: after(aService, remove),
    ask: restore,
    to: "READY",
    orElse: "DELETED",
    rows: ["kept"],
  },
  "restore of an expired one": {
    kind: "restore",
    prepare: after(aFork, expire),
    ask: restore,
    to: "READY",
    orElse: "EXPIRED",
    rows: FORKED,
  },
  purge: {
    kind: "purge",
    prepare: after(aForkToReset, resetToNoted, remove),
    ask: async ({ actor, options }, serviceId) => id(await requestPurge(actor, serviceId, options)),
    to: "PURGED",
  },
  free: {
    kind: "free",
    prepare: after(aForkToReset, resetToNoted, pause),
    async ask(scene, serviceId) {
      // The grace of what the reset kept, without the end of the fork.
      await scene.db.retiredVolume.updateMany({ data: { purgeAt: new Date(0) } });
      await reapDue(scene.context.clock.nowMs(), scene.options);
      return serviceId;
    },
    to: "PAUSED",
  },
  snapshot: {
    kind: "snapshot",
    prepare: aService,
    ask: async ({ actor, options }, serviceId) => id(await requestSnapshot(actor, { serviceId }, options)),
    to: "READY",
    orElse: "READY",
    rows: ["kept"],
    rowsBefore: ["kept"],
  },
  settings: {
    kind: "settings",
    prepare: aService,
    async ask({ actor, options }, serviceId) {
      await changeHistorySettings(actor, { serviceId, body: { retention_seconds: 7_200 } }, options);
      return serviceId;
    },
    to: "READY",
    rows: ["kept"],
  },
  schema: {
    kind: "schema",
    prepare: aFork,
    async ask({ actor, options }, serviceId) {
      await getSchema(actor, { serviceId, against: "source_then" }, options);
      return serviceId;
    },
    to: "READY",
    orElse: "READY",
    rows: FORKED,
    rowsBefore: FORKED,
  },
  arm: {
    kind: "arm",
    prepare: aFork,
    async ask({ actor, options }, serviceId) {
      const [item] = await listDisarmed(actor, serviceId, options);
      await requestArm(actor, { serviceId, itemId: item?.id ?? "", body: {} }, options);
      return serviceId;
    },
    to: "READY",
    orElse: "READY",
    rows: ["kept", JOB],
    rowsBefore: FORKED,
  },
  "allow list": {
    kind: "allow_list",
    prepare: aService,
    async ask({ actor, options }, serviceId) {
      await setAllowList(actor, { serviceId, body: { allow_list: ["203.0.113.0/24"] } }, options);
      return serviceId;
    },
    to: "READY",
    rows: ["kept"],
  },
};
