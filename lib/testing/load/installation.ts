import type { ServiceDto } from "@/lib/schemas/service";
import { makeProductSettings, Product, queryService, waitUntil } from "../product";

export type Made = ServiceDto & { readonly initial_password: string };

const PAUSE_MS = 120_000;

/** The product with a service to fork, over its REST API. */
export class Installation {
  readonly product: Product;
  readonly #services: string;

  private constructor(product: Product, services: string) {
    this.product = product;
    this.#services = services;
  }

  static async start(): Promise<Installation> {
    const made = await makeProductSettings();
    // 500 ports that no test uses.
    const product = await Product.start({ ...made, gatewayPorts: "28000-28499" });
    return new Installation(product, await product.services());
  }

  async create(name: string): Promise<Made> {
    const made = await this.product.api<Made>(this.#services, { name });
    return { ...made, ...(await this.product.untilReady(made.service_id)) };
  }

  /** Resolves to a fork that is READY. */
  async fork(source: Made): Promise<Made> {
    const body = { fork_strategy: "NOW", ttl: "6h" };
    const made = await this.product.api<Made>(`${this.#services}/${source.service_id}/forkService`, body);
    return { ...made, ...(await this.product.untilReady(made.service_id)) };
  }

  async pause({ service_id }: Made): Promise<void> {
    await this.product.api(`${this.#services}/${service_id}/stop`, {});
    const path = `${this.#services}/${service_id}`;
    await waitUntil(async () => (await this.product.api<ServiceDto>(path)).status === "PAUSED", PAUSE_MS);
  }

  list(): Promise<ServiceDto[]> {
    return this.product.api<ServiceDto[]>(this.#services);
  }

  async countRows(service: Made): Promise<number> {
    const rows = await queryService(service, service.initial_password, "SELECT count(*)::int AS count FROM load");
    return (rows as [{ count: number }])[0].count;
  }
}
