import { type CallOptions, servicesContext } from "./context";

/** Whether the engine answers. Silent is no error: everything that needs no engine works. Databases run in it and may not answer either. */
export async function getEngineHealth(options: CallOptions = {}): Promise<"ok" | "silent"> {
  try {
    await servicesContext(options).engine.health();
    return "ok";
  } catch {
    return "silent";
  }
}
