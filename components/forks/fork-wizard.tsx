"use client";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { PlacementRail } from "@/components/operations/placement-rail";
import { usePlaced } from "@/components/operations/use-placed";
import { ConnectPanel } from "@/components/services/connect-panel";
import { Button, ButtonLink } from "@/components/ui/button";
import { ErrorSummary } from "@/components/ui/error-summary";
import { Fieldset } from "@/components/ui/fieldset";
import { FormPage, StickyAction } from "@/components/ui/form-page";
import { NameField } from "@/components/ui/name-field";
import { PageHeader } from "@/components/ui/page-header";
import { SameThing } from "@/components/ui/same-thing";
import { type ForkField, formatForkCurl } from "@/lib/client/fork-form";
import { findNameRemark } from "@/lib/client/names";
import { binQuery, servicesQuery } from "@/lib/client/services";
import { isListed } from "@/lib/client/status";
import { LifetimeField } from "./lifetime-field";
import { RecoveryPoint } from "./recovery-point";
import { SourcePicker } from "./source-picker";
import { ExpiryLine, SummaryRail } from "./summary-rail";
import { type ForkAction, type ForkPolicy, useForkForm } from "./use-fork-form";

export interface ForkWizardProps {
  projectId: string;
  /** This console's address, for the same thing in a shell. */
  origin: string;
  policy: ForkPolicy;
  forkService: ForkAction;
}

const FIELD_IDS: Record<ForkField, string> = {
  source: "field-source",
  strategy: "field-strategy",
  snapshot: "field-snapshot",
  moment: "field-moment",
  ttl: "field-ttl",
  name: "field-name",
};

/** One page: source, recovery point, life and name; beside it what will be made, then how it is being made. */
export function ForkWizard({ projectId, origin, policy, forkService }: ForkWizardProps) {
  const services = useQuery(servicesQuery()).data?.services.filter(isListed) ?? [];
  const bin = useQuery(binQuery()).data?.services ?? [];
  const form = useForkForm({ services, bin, policy, forkService });
  const placed = usePlaced(form.made);
  const frozen = form.made !== null;
  const { submit } = form;

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) void submit();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [submit]);

  // The button that began anew is gone with what it stood on: the focus goes to the top of the form.
  const wasFrozen = useRef(frozen);
  useEffect(() => {
    if (wasFrozen.current && !frozen) document.querySelector<HTMLElement>("main h1")?.focus();
    wasFrozen.current = frozen;
  }, [frozen]);

  const button = (
    <Button type="submit" variant="primary" size="lg" className="flex-1" pending={form.pending}>
      Fork service
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Fork service"
        summary="A full, writable copy in about a second. It shares storage with its source until you write to it."
      />
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <ErrorSummary
          turn={form.turn}
          entries={form.summary.map(({ field, problem }) => ({ fieldId: field && FIELD_IDS[field], message: problem }))}
        />
        <FormPage
          railFirst={frozen}
          rail={
            frozen ? (
              <PlacementRail
                placed={placed}
                name={form.state.name}
                actions={<AfterActions made={form.made ?? ""} ready={placed.ready} again={form.again} />}
              />
            ) : (
              <>
                <SummaryRail form={form} policy={policy} button={<div className="flex max-lg:hidden">{button}</div>} />
                <SameThing curl={formatForkCurl(origin, projectId, form.reading)} />
              </>
            )
          }
        >
          {placed.ready && placed.service && <ConnectPanel service={placed.service} />}
          <Fieldset step={1} legend="Source" disabled={frozen}>
            <SourcePicker
              sources={frozen && form.source ? [form.source] : services}
              chosen={form.source?.service_id}
              onChoose={(source) => form.set({ source: source.name })}
              problem={form.findProblem("source")}
              onFix={form.fix}
            />
          </Fieldset>
          <Fieldset step={2} legend="Recovery point" disabled={frozen}>
            <RecoveryPoint form={form} frozen={frozen} />
          </Fieldset>
          <Fieldset step={3} legend="Life and name" disabled={frozen}>
            <LifetimeField
              text={form.state.ttl}
              onText={(ttl) => form.set({ ttl })}
              reason={form.state.reason}
              onReason={(reason) => form.set({ reason })}
              onLeave={() => form.leave("ttl")}
              limits={policy}
              graceSeconds={policy.graceSeconds}
              problem={form.findProblem("ttl")}
              onFix={form.fix}
              frozen={frozen}
            />
            <NameField
              id="field-name"
              value={form.state.name}
              onValue={(name) => form.set({ name })}
              onLeave={() => form.leave("name")}
              problem={form.findProblem("name")}
              onFix={form.fix}
              remark={findNameRemark(form.state.name)}
              onSuggest={form.suggested ? undefined : form.suggest}
              readOnly={frozen}
            />
          </Fieldset>
        </FormPage>
        {!frozen && (
          <StickyAction>
            <ExpiryLine state={form.state} limits={policy} />
            {button}
          </StickyAction>
        )}
      </form>
    </>
  );
}

function AfterActions({ made, ready, again }: { made: string; ready: boolean; again: () => void }) {
  return (
    <>
      <ButtonLink variant={ready ? "primary" : "secondary"} href={`/forks/${made}`}>
        Open fork
      </ButtonLink>
      <Button onClick={again}>{ready ? "Fork again with same settings" : "Try again"}</Button>
    </>
  );
}
