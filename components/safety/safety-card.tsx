"use client";
import { useQuery } from "@tanstack/react-query";
import { Check, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Countdown } from "@/components/shell/time-chip";
import { Button } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { type SafetyData, safetyQuery } from "@/lib/client/safety";
import type { ServiceDto } from "@/lib/schemas/service";
import { AllowListEditor } from "./allow-list-editor";
import { DisarmedList } from "./disarmed-list";
import { ProtectionRow } from "./protection-row";
import type { SafetyActions } from "./safety-actions";

export interface SafetyCardProps {
  service: ServiceDto;
  actions: SafetyActions;
}

/** What a service cannot do, who may reach it, and what keeps it from being ended: with a switch each. */
export function SafetyCard({ service, actions }: SafetyCardProps) {
  const { data, error, refetch } = useQuery(safetyQuery(service.service_id));
  return (
    <SectionCard headingId="safety" title="Safety">
      {data ? (
        <Body service={service} actions={actions} data={data} />
      ) : error ? (
        <div className="flex flex-wrap items-center gap-3 text-fg-2">
          <p className="min-w-0">{error.message}</p>
          <Button size="sm" onClick={() => refetch()}>
            Try again
          </Button>
        </div>
      ) : (
        <Skeleton className="h-64" />
      )}
    </SectionCard>
  );
}

function Body({ service, actions, data }: SafetyCardProps & { data: SafetyData }) {
  return (
    <div className="flex flex-col gap-6">
      {service.forked_from && <Checklist service={service} />}
      {service.forked_from && <DisarmedList service={service} data={data} actions={actions} />}
      <ProtectionRow service={service} may={data.may} actions={actions} />
      <AllowListEditor serviceId={service.service_id} data={data} actions={actions} />
    </div>
  );
}

/** What holds for every fork, whoever made it. */
function Checklist({ service: { forked_from, endpoint, expires_at } }: { service: ServiceDto }) {
  return (
    <ul className="flex flex-col gap-2">
      <Holds>Its password is its own; {forked_from?.name}’s does not work here.</Holds>
      {endpoint && (
        <Holds>
          Its address is its own:{" "}
          <span className="tabular break-all font-mono text-sm">
            {endpoint.host}:{endpoint.port}
          </span>
          . It never leads to {forked_from?.name}.
        </Holds>
      )}
      {expires_at ? (
        <Holds>
          It ends by itself <Countdown to={expires_at} />, also while it is protected.
        </Holds>
      ) : (
        <Beware>It never ends by itself.</Beware>
      )}
      <Beware>Same data as {forked_from?.name}, including personal data. No masking applied.</Beware>
    </ul>
  );
}

const Holds = ({ children }: { children: ReactNode }) => (
  <li className="flex items-start gap-2">
    <Check size={16} className="mt-0.5 shrink-0 text-ok" aria-hidden />
    <span className="min-w-0">{children}</span>
  </li>
);

const Beware = ({ children }: { children: ReactNode }) => (
  <li className="flex items-start gap-2">
    <TriangleAlert size={16} className="mt-0.5 shrink-0 text-warn" aria-hidden />
    <span className="min-w-0">{children}</span>
  </li>
);
