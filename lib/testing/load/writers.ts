import type { ServiceDto } from "@/lib/schemas/service";
import { connectService } from "../product";

/** Clients that write to a service, a row a transaction each, as fast as it answers. */
export interface Writers {
  /** How many rows were acknowledged so far. */
  acknowledged(): number;
  /** Milliseconds of each transaction since the last call. */
  takeLatencies(): number[];
  /** Rejects when a client failed. */
  stop(): Promise<void>;
}

export async function startWriters(service: ServiceDto, password: string, clients: number): Promise<Writers> {
  const connections = await Promise.all(Array.from({ length: clients }, () => connectService(service, password)));
  let rows = 0;
  let latencies: number[] = [];
  let isStopped = false;
  const write = async (client: (typeof connections)[number], number: number) => {
    while (!isStopped) {
      const startedMs = performance.now();
      await client.query("INSERT INTO load (client, filler) VALUES ($1, repeat('x', 500))", [number]);
      latencies.push(performance.now() - startedMs);
      rows++;
    }
    await client.end();
  };
  const ended = Promise.all(connections.map(write));
  ended.catch(() => {}); // told by stop
  return {
    acknowledged: () => rows,
    takeLatencies() {
      const taken = latencies;
      latencies = [];
      return taken;
    },
    async stop() {
      isStopped = true;
      await ended;
    },
  };
}
