import type { Database } from "@/lib/db";
import type { Clock } from "@/lib/std/clock";
import type { DataPlane } from "./data-plane";

/** What the steps of every operation work with. */
export interface OperationDeps {
  readonly plane: DataPlane;
  /** For reading; what a step writes goes through its fenced context. */
  readonly db: Database;
  readonly clock: Clock;
}
