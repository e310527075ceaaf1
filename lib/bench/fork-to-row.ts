import type { OperationDto } from "@/lib/schemas/operation";
import type { ServiceDto } from "@/lib/schemas/service";
import { systemClock } from "@/lib/std/clock";
import { makeProductSettings, Product, queryService, removeData } from "@/lib/testing/product";
import type { Report } from "./figure";

const FORKS = 15;
const POLL_MS = 25;
// Rests between forks: the engine prepares the next start half a second after one, as it would between two clicks.
const REST_MS = 3_000;
const PORTS = "27100-27199";

type Created = ServiceDto & { initial_password: string };

/** The whole product: from the request to fork to the first row of the fork through the gateway, and each step of it. */
export async function forkToRow(imageId: string, report: Report): Promise<void> {
  const settings = { ...(await makeProductSettings()), gatewayPorts: PORTS };
  const product = await Product.start(settings);
  try {
    const services = await product.services();
    const addons = imageId.startsWith("timescaledb") ? ["time-series"] : [];
    const source = await product.api<Created>(services, { name: "source", addons });
    await product.untilReady(source.service_id);
    await queryService(source, source.initial_password, "CREATE TABLE kept AS SELECT generate_series(1, 100000) AS n");
    const forks: Fork[] = [];
    for (let i = 0; i < FORKS; i++) {
      await systemClock.sleep(REST_MS);
      const fork = await forkOnce(product, services, source.service_id);
      forks.push(fork);
      await remove(product, `${services}/${fork.service.service_id}`);
    }
    reportForks(`fork-to-row/${imageId}`, forks, report);
  } finally {
    await Product.stopAll();
    removeData(settings);
  }
}

interface Fork {
  readonly service: ServiceDto;
  readonly operation: OperationDto;
  readonly toReadyMs: number;
  readonly toRowMs: number;
}

async function forkOnce(product: Product, services: string, sourceId: string): Promise<Fork> {
  const started = performance.now();
  const { service_id, initial_password } = await product.api<Created>(`${services}/${sourceId}/forkService`, {
    fork_strategy: "NOW",
    ttl: "1h",
  });
  const service = await untilReady(product, `${services}/${service_id}`);
  const toReadyMs = performance.now() - started;
  await queryService(service, initial_password, "SELECT n FROM kept LIMIT 1");
  const toRowMs = performance.now() - started;
  const operations = await product.api<OperationDto[]>(
    `${services.replace(/services$/, "operations")}?service_id=${service_id}`,
  );
  const operation = operations.find(({ kind }) => kind === "fork");
  if (!operation) throw new Error("the fork has no operation");
  return { service, operation, toReadyMs, toRowMs };
}

async function untilReady(product: Product, path: string): Promise<ServiceDto> {
  for (;;) {
    const service = await product.api<ServiceDto>(path);
    if (service.status === "READY") return service;
    if (service.status === "FAILED") throw new Error(`the fork failed: ${service.status_reason}`);
    await systemClock.sleep(POLL_MS);
  }
}

async function remove({ url, settings }: Product, path: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(settings.apiKey).toString("base64")}`;
  const response = await fetch(`${url}/public/api/v1${path}`, { method: "DELETE", headers: { authorization } });
  if (!response.ok) throw new Error(`deleting a fork answered ${response.status}`);
}

function reportForks(name: string, forks: readonly Fork[], report: Report): void {
  report(
    name,
    "ms",
    forks.map(({ toRowMs }) => toRowMs),
  );
  report(
    `${name}/queued`,
    "ms",
    forks.map(({ operation }) => between(operation.requested_at, operation.started_at)),
  );
  for (const { name: step } of forks[0]?.operation.steps ?? [])
    report(
      `${name}/step-${step}`,
      "ms",
      forks.map(({ operation }) => stepMs(operation, step)),
    );
  report(
    `${name}/ready`,
    "ms",
    forks.map(({ toReadyMs }) => toReadyMs),
  );
  report(
    `${name}/connect-and-row`,
    "ms",
    forks.map(({ toRowMs, toReadyMs }) => toRowMs - toReadyMs),
  );
  report(
    `${name}/disk`,
    "KiB",
    forks.map(({ service }) => (service.storage?.disk_bytes ?? Number.NaN) / 1024),
  );
}

function stepMs({ steps }: OperationDto, name: string): number {
  const step = steps.find((candidate) => candidate.name === name);
  return between(step?.started_at, step?.finished_at);
}

const between = (from: string | null | undefined, to: string | null | undefined): number =>
  Date.parse(to ?? "") - Date.parse(from ?? "");
