import { type CallOptions, servicesContext } from "./context";

/** Whether the engine answers. Silent is no error: databases run on, and everything that needs no engine works. */
export async function getEngineHealth(options: CallOptions = {}): Promise<"ok" | "silent"> {
  try {
    await servicesContext(options).engine.health();
    return "ok";
  } catch {
    return "silent";
  }
}
