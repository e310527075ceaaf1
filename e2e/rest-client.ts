import { expect, request as http } from "@playwright/test";
import pg from "pg";
import type { ServiceDto } from "@/lib/schemas/service";

export const BASE = "/public/api/v1";
export const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;
export const headers = { authorization: basic(process.env.OFFSHOOT_E2E_API_KEY ?? "") };

const READY_MS = 60_000;

/** A service as the answer to create and fork has it. */
export type Placed = ServiceDto & {
  readonly initial_password: string;
  readonly endpoint: { readonly host: string; readonly port: number };
};

export type Project = Awaited<ReturnType<typeof openProject>>;

/** The project of the key, and what tests do with its services over HTTP. */
export async function openProject() {
  // Not a test's own: it outlives a test, from what is made before all of them to what is looked at after.
  const request = await http.newContext({ baseURL: `http://127.0.0.1:${process.env.OFFSHOOT_E2E_PORT}` });
  const { api_key } = await (await request.get(`${BASE}/auth/info`, { headers })).json();
  const id: string = api_key.project.id;
  const services = `${BASE}/projects/${id}/services`;

  /** Create or fork: a 202 that holds all that a client will ever need, before anything is made. */
  async function place(path: string, data: object): Promise<Placed> {
    const answer = await request.post(path, { headers, data });
    expect(answer.status(), await answer.text()).toBe(202);
    const placed = (await answer.json()) as Placed;
    expect(placed.service_id).toMatch(/^[a-z0-9]{10}$/);
    expect(placed.endpoint).toEqual({ host: "127.0.0.1", port: expect.any(Number) });
    expect(placed.initial_password).toMatch(/^\w{24}$/);
    expect(placed.status).not.toBe("READY");
    return placed;
  }

  async function list(): Promise<ServiceDto[]> {
    return (await request.get(services, { headers })).json();
  }

  async function untilReady({ service_id }: ServiceDto): Promise<ServiceDto> {
    let service: ServiceDto | undefined;
    const status = async () => {
      service = (await (await request.get(`${services}/${service_id}`, { headers })).json()) as ServiceDto;
      return service.status;
    };
    await expect.poll(status, { timeout: READY_MS }).toMatch(/^(READY|FAILED)$/);
    expect(service?.status, service?.status_reason ?? "").toBe("READY");
    return service as ServiceDto;
  }

  /** Deletes, and resolves when the service is in Recently deleted. */
  async function remove(path: string): Promise<void> {
    const answer = await request.delete(path, { headers });
    expect([answer.status(), await answer.text()]).toEqual([202, ""]);
    await expect.poll(async () => (await request.get(path, { headers })).status(), { timeout: READY_MS }).toBe(404);
  }

  return { id, services, place, list, untilReady, remove, close: () => request.dispose() };
}

/** How node-postgres reaches a service. */
export const toConfig = ({ endpoint, initial_password }: Placed): pg.ClientConfig => ({
  ...endpoint,
  user: "tsdbadmin",
  database: "tsdb",
  password: initial_password,
  ssl: { rejectUnauthorized: false },
  connectionTimeoutMillis: 20_000,
});

/** Rows of one statement on a connection of its own. */
export async function queryAt(service: Placed, text: string): Promise<unknown[]> {
  const client = new pg.Client(toConfig(service));
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
