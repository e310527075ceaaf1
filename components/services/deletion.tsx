"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { createContext, type ReactNode, useContext, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { useToast } from "@/components/ui/toast";
import { attempt } from "@/lib/client/attempt";
import { chooseDeletionWay, listDeletionFacts } from "@/lib/client/deletion";
import { storageQuery } from "@/lib/client/history";
import { sayLength } from "@/lib/client/lifetime";
import { isProtected, safetyHref, sayProtected } from "@/lib/client/safety";
import { deleteFactsQuery } from "@/lib/client/services";
import { hideService, refreshServices } from "@/lib/client/services-cache";
import type { DeleteFactsDto } from "@/lib/schemas/delete-facts";
import type { ServiceDto } from "@/lib/schemas/service";
import { useServiceActions } from "./service-actions";
import { TypedNameDialog } from "./typed-name-dialog";
import { useFreesTogether } from "./use-frees-together";
import { useRestore } from "./use-restore";

export interface DeletionRequest {
  readonly service: ServiceDto;
  /** Called when the service has gone from the screen: moves the focus, or leaves the page. */
  readonly onGone?: () => void;
}

interface Deletion {
  readonly request: (request: DeletionRequest) => Promise<void>;
  /** Id of the service whose facts are being looked up. */
  readonly lookingUp: string | undefined;
}

const DeletionContext = createContext<Deletion>({ request: async () => {}, lookingUp: undefined });

/** Asks for a deletion in the way that its facts call for: at once with Undo, with facts, or with the name typed. */
export const useDeletion = () => useContext(DeletionContext).request;

/** Whether this service's deletion was asked for and its facts are on their way: its row fades at the press. */
export const useIsLeaving = (service: ServiceDto): boolean =>
  useContext(DeletionContext).lookingUp === service.service_id;

interface Asked extends DeletionRequest {
  readonly facts: DeleteFactsDto;
  readonly way: "with-facts" | "typed-name";
}

export function DeletionProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<Asked>();
  const [lookingUp, setLookingUp] = useState<string>();
  const { deleteService } = useServiceActions();
  const cache = useQueryClient();
  const toast = useToast();
  const restore = useRestore();
  const router = useRouter();

  async function perform({ service, onGone }: DeletionRequest, { grace_seconds }: DeleteFactsDto) {
    setAsked(undefined);
    const hidden = await hideService(cache, service.service_id);
    onGone?.();
    const result = await attempt(deleteService(service.service_id));
    if (result.ok) {
      toast({
        message: `${service.name} deleted. Kept for ${sayLength(grace_seconds)}.`,
        action: { label: "Undo", onPress: () => restore(service, { undo: true }) },
      });
    } else {
      hidden.undo();
      toast({ message: `Could not delete ${service.name}: ${result.message}`, failure: true });
    }
    await refreshServices(cache);
  }

  async function request(wanted: DeletionRequest) {
    if (isProtected(wanted.service)) {
      const onPress = () => router.push(safetyHref(wanted.service));
      return toast({ message: sayProtected(wanted.service), failure: true, action: { label: "Safety", onPress } });
    }
    setLookingUp(wanted.service.service_id);
    try {
      const { service_id } = wanted.service;
      const [{ facts }] = await Promise.all([
        cache.fetchQuery(deleteFactsQuery(service_id)),
        cache.prefetchQuery(storageQuery(service_id)),
      ]);
      const way = chooseDeletionWay(wanted.service, facts);
      if (way === "at-once") await perform(wanted, facts);
      else setAsked({ ...wanted, facts, way });
    } catch (error) {
      const why = error instanceof Error ? error.message : "";
      toast({ message: `Could not look up what deleting ${wanted.service.name} means: ${why}`, failure: true });
    } finally {
      setLookingUp(undefined);
    }
  }

  const close = () => setAsked(undefined);
  return (
    <DeletionContext value={{ request, lookingUp }}>
      {children}
      {asked?.way === "with-facts" && (
        <FactsDialog asked={asked} onClose={close} onConfirm={() => perform(asked, asked.facts)} />
      )}
      {asked?.way === "typed-name" && (
        <TypedNameDialog
          name={asked.service.name}
          title={`Delete ${asked.service.name}?`}
          keep="Keep service"
          confirm="Delete service"
          onClose={close}
          onConfirm={() => perform(asked, asked.facts)}
        >
          <FactList asked={asked} />
        </TypedNameDialog>
      )}
    </DeletionContext>
  );
}

function FactsDialog({ asked, onClose, onConfirm }: { asked: Asked; onClose: () => void; onConfirm: () => void }) {
  const keep = useRef<HTMLButtonElement>(null);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete ${asked.service.name}?`}
      initialFocus={keep}
      actions={
        <>
          <Button ref={keep} onClick={onClose}>
            Keep fork
          </Button>
          <Button variant="danger" onClick={onConfirm}>
            Delete fork
          </Button>
        </>
      }
    >
      <FactList asked={asked} />
    </ConfirmDialog>
  );
}

function FactList({ asked: { service, facts } }: { asked: Asked }) {
  const storage = useQuery(storageQuery(service.service_id)).data?.storage;
  const together = useFreesTogether(service);
  return (
    <ul className="flex list-disc flex-col gap-1.5 pl-5 marker:text-fg-3">
      {listDeletionFacts(facts, { storage, together }).map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  );
}
