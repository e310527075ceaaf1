import type pg from "pg";
import { AppError } from "@/lib/std/app-error";
import { type EndpointLogin, withEndpoint } from "./endpoint-session";
import { loadFlights } from "./sample-flights";

const SAMPLES: Readonly<Record<string, (client: pg.Client) => Promise<void>>> = {
  "prod-telemetry": loadFlights,
};

/** Loads a sample through the service's endpoint. Idempotent. */
export async function loadSample(login: EndpointLogin, sample: string): Promise<void> {
  const load = SAMPLES[sample];
  if (!load) throw new AppError("NOT_OFFERED", `There is no sample ${sample} in this version of Offshoot.`);
  await withEndpoint(login, load);
}
