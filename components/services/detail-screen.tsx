"use client";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { ReceiptCard } from "@/components/history/receipt-card";
import { RecoveryCard, RecoveryLater } from "@/components/history/recovery-card";
import { CancelButton } from "@/components/operations/cancel-button";
import { OperationHistory } from "@/components/operations/history";
import { OperationSteps } from "@/components/operations/steps";
import type { SafetyActions } from "@/components/safety/safety-actions";
import { SafetyCard } from "@/components/safety/safety-card";
import { SchemaCard } from "@/components/schema/schema-card";
import { Button } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { RequestFailure } from "@/lib/client/http";
import { sayLength } from "@/lib/client/lifetime";
import { isUnfinished } from "@/lib/client/operations";
import { isProtected, sayProtected } from "@/lib/client/safety";
import { serviceQuery } from "@/lib/client/services";
import { findForkObstacle, isFailed, isFork, isInProgress, isListed } from "@/lib/client/status";
import { ConnectPanel } from "./connect-panel";
import { useDeletion } from "./deletion";
import { DetailFacts, Lineage } from "./detail-facts";
import { DetailHeader } from "./detail-header";
import { Gone } from "./gone";
import { HistorySettingsCard } from "./history-settings";
import { LoadFailure } from "./services-screen";
import { StatusBanner } from "./status-banner";
import { StorageFigures } from "./storage-figures";

export interface DetailScreenProps {
  serviceId: string;
  graceSeconds: number;
  safety: SafetyActions;
}

/** A service or a fork, whole: how to connect, what it holds, where it comes from, what was done, how to end it. */
export function DetailScreen({ serviceId, graceSeconds, safety }: DetailScreenProps) {
  const { data, error, refetch } = useQuery(serviceQuery(serviceId));
  useAnchor(data !== undefined);
  if (error instanceof RequestFailure && (error.code === "NOT_FOUND" || error.code === "GONE")) return <Gone />;
  if (!data) return error ? <LoadFailure error={error} retry={() => refetch()} what="this service" /> : null;

  const { service, operations } = data;
  const current = operations.find(isUnfinished);
  const listed = isListed(service);
  return (
    <>
      <DetailHeader service={service} />
      <StatusBanner service={service} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_380px]">
        <div className="flex min-w-0 flex-col gap-4">
          {current && isInProgress(service) && (
            <SectionCard headingId="progress" title="In progress">
              <OperationSteps operation={current} />
              <div className="mt-3 empty:hidden">
                <CancelButton operation={current} />
              </div>
            </SectionCard>
          )}
          {listed && <ConnectPanel service={service} />}
          {listed &&
            !isFailed(service) &&
            (findForkObstacle(service) ? <RecoveryLater /> : <RecoveryCard service={service} />)}
          <SectionCard headingId="storage" title="Storage">
            <StorageFigures service={service} />
          </SectionCard>
          <SectionCard headingId="operations" title="Operations">
            <OperationHistory operations={operations} />
          </SectionCard>
          {listed && !findForkObstacle(service) && <HistorySettingsCard serviceId={service.service_id} />}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <SectionCard headingId="facts" title="Facts">
            <DetailFacts service={service} graceSeconds={graceSeconds} />
          </SectionCard>
          {listed && !isFailed(service) && <SafetyCard service={service} actions={safety} />}
          {service.receipt && <ReceiptCard receipt={service.receipt} source={service.forked_from} />}
          <SectionCard headingId="lineage" title="Lineage">
            <Lineage service={service} />
          </SectionCard>
          {listed && !findForkObstacle(service) && <SchemaCard service={service} />}
        </div>
      </div>
      {listed && <DangerZone service={service} graceSeconds={graceSeconds} />}
    </>
  );
}

/** A link with `#connect` or `#recovery` leads there also when it was drawn after the page. */
function useAnchor(drawn: boolean): void {
  useEffect(() => {
    const anchor = window.location.hash.slice(1);
    if (drawn && ANCHORS.has(anchor)) document.getElementById(anchor)?.scrollIntoView();
  }, [drawn]);
}

const ANCHORS: ReadonlySet<string> = new Set(["connect", "recovery", "safety"]);

interface DangerZoneProps {
  service: Parameters<ReturnType<typeof useDeletion>>[0]["service"];
  graceSeconds: number;
}

function DangerZone({ service, graceSeconds }: DangerZoneProps) {
  const requestDeletion = useDeletion();
  const router = useRouter();
  const kind = isFork(service) ? "fork" : "service";
  return (
    <SectionCard headingId="danger" title="Danger zone" className="mt-4 border-danger/50">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <p className="min-w-0 text-fg-2">
          Deleting ends its connections. It can be restored for {sayLength(graceSeconds)} with its data, endpoint and
          password
          {isFork(service) ? "." : "; its forks keep working."} {isProtected(service) && sayProtected(service)}
        </p>
        <Button
          variant="dangerOutline"
          onClick={() =>
            requestDeletion({ service, onGone: () => router.push(isFork(service) ? "/forks" : "/services") })
          }
        >
          Delete {kind}
        </Button>
      </div>
    </SectionCard>
  );
}
