"use client";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useState } from "react";
import { useServiceActions } from "@/components/services/service-actions";
import { useToast } from "@/components/ui/toast";
import type { ActionResult } from "@/lib/client/action-result";
import { attempt } from "@/lib/client/attempt";
import type { ChangeKind } from "@/lib/client/changes";
import { refreshServices } from "@/lib/client/services-cache";
import type { ServiceDto } from "@/lib/schemas/service";
import { RenameDialog } from "./rename-dialog";
import { ResetDialog } from "./reset-dialog";
import { ResizeDialog } from "./resize-dialog";

type RequestChange = (service: ServiceDto, kind: ChangeKind) => void;

const ChangesContext = createContext<RequestChange>(() => {});

/** Asks for a change of a service: at once where there is a way back, with a dialog where something has to be chosen. */
export const useChange = () => useContext(ChangesContext);

const DIALOGS = { resize: ResizeDialog, rename: RenameDialog, reset: ResetDialog };

/** Holds the dialog that was asked for, since the menu that asked is closed by then. */
export function ChangesProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ service: ServiceDto; kind: keyof typeof DIALOGS }>();
  const { pauseService, startService } = useServiceActions();
  const cache = useQueryClient();
  const toast = useToast();

  async function perform(result: Promise<ActionResult>, { done, failed }: { done: string; failed: string }) {
    const answer = await attempt(result);
    if (answer.ok) toast({ message: done });
    else toast({ message: `${failed}: ${answer.message}`, failure: true });
    await refreshServices(cache);
  }

  function request(service: ServiceDto, kind: ChangeKind): void {
    const { service_id: id, name } = service;
    if (kind === "pause")
      void perform(pauseService(id), { done: `${name} is being paused.`, failed: `Could not pause ${name}` });
    else if (kind === "start")
      void perform(startService(id), { done: `${name} is starting.`, failed: `Could not start ${name}` });
    else setAsked({ service, kind });
  }

  const Dialog = asked && DIALOGS[asked.kind];
  return (
    <ChangesContext value={request}>
      {children}
      {Dialog && <Dialog service={asked.service} onClose={() => setAsked(undefined)} />}
    </ChangesContext>
  );
}
