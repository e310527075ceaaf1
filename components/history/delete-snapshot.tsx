"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { useServiceActions } from "@/components/services/service-actions";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { useToast } from "@/components/ui/toast";
import { attempt } from "@/lib/client/attempt";
import { historyKeys } from "@/lib/client/history";
import { servicesQuery } from "@/lib/client/services";
import { listForksOf, listSnapshotDeletionFacts, type SnapshotEntry } from "@/lib/client/snapshots";
import { isListed } from "@/lib/client/status";

/** Deletes a snapshot after saying who was made of it; there is no way back, so it is asked. */
export function DeleteSnapshot({ service, snapshot }: SnapshotEntry) {
  const [open, setOpen] = useState(false);
  const [pending, setPending] = useState(false);
  const { deleteSnapshot } = useServiceActions();
  const services = useQuery(servicesQuery()).data?.services ?? [];
  const cache = useQueryClient();
  const toast = useToast();
  const keep = useRef<HTMLButtonElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const deleted = useRef(false);

  async function perform() {
    setPending(true);
    const result = await attempt(deleteSnapshot(service.service_id, snapshot.id));
    deleted.current = result.ok;
    setPending(false);
    setOpen(false);
    if (result.ok) toast({ message: `Snapshot ${snapshot.name} deleted.` });
    else toast({ message: `Could not delete ${snapshot.name}: ${result.message}`, failure: true });
    await cache.invalidateQueries({ queryKey: historyKeys.all });
  }

  return (
    <>
      <Button
        ref={trigger}
        size="iconSm"
        variant="ghost"
        aria-label={`Delete snapshot ${snapshot.name} of ${service.name}`}
        title="Delete snapshot"
        onClick={() => setOpen(true)}
      >
        <Trash2 size={15} aria-hidden />
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={`Delete snapshot ${snapshot.name}?`}
        initialFocus={keep}
        // Its button goes with the row when it was deleted.
        finalFocus={() => (deleted.current ? document.querySelector<HTMLElement>("main h1") : trigger.current)}
        actions={
          <>
            <Button ref={keep} onClick={() => setOpen(false)}>
              Keep snapshot
            </Button>
            <Button variant="danger" pending={pending} onClick={perform}>
              Delete snapshot
            </Button>
          </>
        }
      >
        <ul className="flex list-disc flex-col gap-1.5 pl-5 marker:text-fg-3">
          {listSnapshotDeletionFacts(listForksOf(snapshot, services.filter(isListed))).map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
        </ul>
      </ConfirmDialog>
    </>
  );
}
