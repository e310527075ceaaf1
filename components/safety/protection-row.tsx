"use client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { FieldError } from "@/components/ui/field";
import type { SafetyData } from "@/lib/client/safety";
import type { ServiceDto } from "@/lib/schemas/service";
import type { SafetyActions } from "./safety-actions";
import { useSafetyChange } from "./use-safety-change";

export interface ProtectionRowProps {
  service: ServiceDto;
  may: SafetyData["may"];
  actions: SafetyActions;
}

/** What keeps it from being deleted or reset: its tag, or somebody's word; each can be taken back here. */
export function ProtectionRow({ service, may, actions }: ProtectionRowProps) {
  const { service_id: id, name, protected_by, metadata } = service;
  const { pending, change } = useSafetyChange(id);
  const [problem, setProblem] = useState<string>();
  const isProd = metadata.environment === "PROD";
  const isKept = protected_by !== null;

  const protect = async () =>
    setProblem(
      await change(actions.setProtection(id, !isKept), isKept ? `${name} is unprotected.` : `${name} is protected.`),
    );
  const tag = async () => {
    const next = isProd ? "DEV" : "PROD";
    setProblem(await change(actions.setEnvironment(id, next), `${name} is tagged ${next}.`));
  };
  return (
    <section aria-labelledby="safety-protection" className="flex flex-col gap-1.5">
      <h3 id="safety-protection" className="font-medium">
        Protection
      </h3>
      <p className="text-fg-2">{sayProtection(service)}</p>
      {(may.protect || may.tag) && (
        <div className="flex flex-wrap gap-2">
          {may.protect && (
            <Button size="sm" pending={pending} aria-pressed={isKept} onClick={protect}>
              {isKept ? "End protection" : "Protect"}
            </Button>
          )}
          {may.tag && (
            <Button size="sm" pending={pending} onClick={tag}>
              {isProd ? "Tag DEV" : "Tag PROD"}
            </Button>
          )}
        </div>
      )}
      {problem && <FieldError role="alert">{problem}</FieldError>}
    </section>
  );
}

function sayProtection({ protected_by, metadata, forked_from }: ServiceDto): string {
  const ends = forked_from ? " Its end comes all the same." : "";
  if (metadata.environment === "PROD")
    return `Tagged PROD: nobody deletes or resets it${protected_by ? `; protected by ${protected_by} as well` : ""}.${ends}`;
  if (protected_by !== null) return `Protected by ${protected_by}: nobody deletes or resets it.${ends}`;
  return "Not protected: it can be deleted and reset.";
}
