import type { ActionResult } from "@/lib/client/action-result";

/** The server actions of the safety card; the page hands them in. */
export interface SafetyActions {
  armItem(id: string, itemId: string, password?: string): Promise<ActionResult>;
  setAllowList(id: string, allowList: readonly string[]): Promise<ActionResult>;
  setProtection(id: string, isProtected: boolean): Promise<ActionResult>;
  setEnvironment(id: string, environment: string): Promise<ActionResult>;
}
