"use client";
import { createContext, type ReactNode, useContext } from "react";
import type { ActionResult } from "@/lib/client/action-result";
import type { HistorySettings } from "@/lib/schemas/history-settings";
import type { OperationDto } from "@/lib/schemas/operation";
import type { ExtendBody, RenameBody, ResetBody, ResizeBody, ServiceDto } from "@/lib/schemas/service";
import { assert } from "@/lib/std/assert";

/** The server actions that screens share; the layout hands them in. */
export interface ServiceActions {
  deleteService(id: string): Promise<ActionResult<{ service: ServiceDto }>>;
  restoreService(id: string, ttl?: string): Promise<ActionResult<{ service: ServiceDto }>>;
  extendService(id: string, body: ExtendBody): Promise<ActionResult<{ service: ServiceDto }>>;
  expireService(id: string): Promise<ActionResult<{ service: ServiceDto }>>;
  pauseService(id: string): Promise<ActionResult<{ service: ServiceDto }>>;
  startService(id: string): Promise<ActionResult<{ service: ServiceDto }>>;
  resizeService(id: string, body: ResizeBody): Promise<ActionResult<{ service: ServiceDto }>>;
  renameService(id: string, body: RenameBody): Promise<ActionResult<{ service: ServiceDto }>>;
  resetService(id: string, body: ResetBody): Promise<ActionResult<{ service: ServiceDto }>>;
  cancelOperation(id: string): Promise<ActionResult<{ operation: OperationDto }>>;
  purgeService(id: string, typedName: string): Promise<ActionResult<{ service: ServiceDto }>>;
  revealPassword(id: string): Promise<ActionResult<{ password: string }>>;
  resetPassword(id: string): Promise<ActionResult<{ password: string }>>;
  takeSnapshot(id: string, name?: string): Promise<ActionResult<{ operation: OperationDto }>>;
  deleteSnapshot(id: string, snapshotId: string): Promise<ActionResult>;
  changeHistorySettings(id: string, settings: HistorySettings): Promise<ActionResult<{ settings: HistorySettings }>>;
}

const ActionsContext = createContext<ServiceActions | undefined>(undefined);

export function ServiceActionsProvider({ actions, children }: { actions: ServiceActions; children: ReactNode }) {
  return <ActionsContext value={actions}>{children}</ActionsContext>;
}

export function useServiceActions(): ServiceActions {
  const actions = useContext(ActionsContext);
  assert(actions, "a screen stands outside the console's layout");
  return actions;
}
