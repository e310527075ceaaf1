import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ensureBootstrapApiKey } from "@/lib/auth";
import { requestCreate } from "@/lib/services";
import { API_KEY, callRoute } from "@/lib/testing/call-route";
import { startControlDatabase } from "@/lib/testing/control-database";
import { cancelRoute, operationsRoute, progressRoute, serviceRoute, servicesRoute } from ".";
import { STREAMS_MAX } from "./event-stream";

const control = startControlDatabase();
const dataDir = mkdtempSync(join(tmpdir(), "offshoot-progress-"));
let projectId: string;
const open: ReadableStreamDefaultReader<Uint8Array>[] = [];

beforeAll(async () => {
  process.env.OFFSHOOT_DATA_DIR = dataDir;
  await ensureBootstrapApiKey(control().db, API_KEY);
  projectId = (await control().db.project.findFirstOrThrow()).id;
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
beforeEach(async () => {
  await Promise.all(open.splice(0).map((reader) => reader.cancel()));
  await control().db.$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys CASCADE`;
});

const call = (route: typeof servicesRoute, method: "GET" | "POST", options: Parameters<typeof callRoute>[2] = {}) =>
  callRoute(route, method, { ...options, params: { project_id: projectId, ...options.params } });
const create = async (name: string) => (await call(servicesRoute, "POST", { body: { name } })).json;

/** The stream's blocks, one a call. */
async function watch(lastEventId?: string) {
  const headers: Record<string, string> = { authorization: `Basic ${Buffer.from(API_KEY).toString("base64")}` };
  if (lastEventId !== undefined) headers["last-event-id"] = lastEventId;
  const request = new Request("http://offshoot.test/events", { headers });
  const response = await progressRoute.GET(request, { params: Promise.resolve({ project_id: projectId }) });
  if (!response.ok) return { response, next: async () => "" };
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  open.push(reader);
  let text = "";
  const next = async (): Promise<string> => {
    while (!text.includes("\n\n")) text += Buffer.from((await reader.read()).value ?? []).toString();
    const end = text.indexOf("\n\n");
    const block = text.slice(0, end);
    text = text.slice(end + 2);
    return block;
  };
  expect(await next()).toBe("retry: 2000");
  return { response, next };
}

const idOf = (block: string) => /^id: (\d+)$/m.exec(block)?.[1];
const dataOf = (block: string) => JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "null");

describe("the stream of a project's events", () => {
  test("begins now, and tells of what is asked for from then on", async () => {
    await create("before");
    const { response, next } = await watch();
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(await next()).toContain("event: ready");
    const { service_id } = await create("after");
    const told = await next();
    expect(told).toContain("event: operation");
    expect(dataOf(told)).toMatchObject({ kind: "operation", service_id, operation: "create", state: "QUEUED" });
  });

  test("goes on after the event that was seen last, without missing one", async () => {
    const first = await watch();
    const seen = idOf(await first.next()) ?? "";
    const services = [await create("one"), await create("two"), await create("three")];
    const { next } = await watch(seen);
    const told = [dataOf(await next()), dataOf(await next()), dataOf(await next())];
    expect(told.map(({ service_id }) => service_id)).toEqual(services.map(({ service_id }) => service_id));
    expect(told.map(({ seq }) => seq)).toEqual([1, 2, 3].map((step) => Number(seen) + step));
  });

  test("says that everything has to be read anew, when what was missed is forgotten", async () => {
    await create("one");
    await create("two");
    await control().db.progressEvent.deleteMany();
    const { next } = await watch("1");
    expect(await next()).toContain("event: reset");
    const { service_id } = await create("three");
    expect(dataOf(await next())).toMatchObject({ service_id });
  });

  test("tells nothing of another project", async () => {
    const { next } = await watch();
    await next();
    const { makeActor, servicesContextFor } = await import("@/lib/testing/services-context");
    const other = await makeActor(control().db);
    await requestCreate(other, { name: "theirs" }, { context: servicesContextFor(control().db) });
    const { service_id } = await create("ours");
    expect(dataOf(await next())).toMatchObject({ service_id });
  });

  test("has so many seats for a key, and one that was left is free again", async () => {
    for (let seat = 0; seat < STREAMS_MAX; seat++) await watch();
    expect((await watch()).response.status).toBe(429);
    await open.pop()?.cancel();
    expect((await watch()).response.status).toBe(200);
  });

  test("refuses an id that is none", async () => {
    expect((await watch("last")).response.status).toBe(400);
  });
});

describe("cancelling over HTTP", () => {
  test("ends what nobody has begun, and keeps nothing of it; asking again is fine", async () => {
    const { service_id } = await create("regretted");
    const [operation] = (await call(operationsRoute, "GET")).json;
    expect(operation.cancellable).toBe(true);
    const params = { operation_id: operation.operation_id };
    for (let round = 0; round < 2; round++) {
      const cancelled = await call(cancelRoute, "POST", { params });
      expect([cancelled.status, cancelled.json.state]).toEqual([202, "CANCELLED"]);
      expect(cancelled.json).toMatchObject({ cancellable: false, cancelled_by: expect.any(String) });
    }
    expect((await call(serviceRoute, "GET", { params: { service_id } })).status).toBe(404);
    expect((await create("regretted")).name).toBe("regretted");
  });

  test("is refused with the reason once it is finished, and for what does not exist", async () => {
    await create("kept");
    const [{ operation_id }] = (await call(operationsRoute, "GET")).json;
    await control().db.operation.updateMany({ data: { state: "SUCCEEDED", finishedAt: new Date(0) } });
    const refused = await call(cancelRoute, "POST", { params: { operation_id } });
    expect([refused.status, refused.json.message]).toEqual([
      409,
      "This create can no longer be cancelled: it is finished.",
    ]);
    expect((await call(cancelRoute, "POST", { params: { operation_id: "aaaaaaaaaa" } })).status).toBe(404);
  });
});
