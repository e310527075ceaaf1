"use client";
import { useQuery } from "@tanstack/react-query";
import { PlacementRail } from "@/components/operations/placement-rail";
import { usePlaced } from "@/components/operations/use-placed";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ErrorSummary } from "@/components/ui/error-summary";
import { Facts } from "@/components/ui/facts";
import { FieldError } from "@/components/ui/field";
import { Fieldset } from "@/components/ui/fieldset";
import { FixButtons } from "@/components/ui/fix-buttons";
import { FormPage, StickyAction } from "@/components/ui/form-page";
import { NameField } from "@/components/ui/name-field";
import { PageHeader } from "@/components/ui/page-header";
import { RadioCard } from "@/components/ui/radio-card";
import { SameThing } from "@/components/ui/same-thing";
import { Segmented } from "@/components/ui/segmented";
import {
  type CreateField,
  canStartWith,
  formatCreateCurl,
  IMAGE_CARDS,
  SAMPLE,
  START_CARDS,
} from "@/lib/client/create-form";
import { findNameRemark } from "@/lib/client/names";
import { servicesQuery } from "@/lib/client/services";
import { ConnectPanel } from "./connect-panel";
import { type CreateAction, useCreateForm } from "./use-create-form";

export interface CreateFormProps {
  projectId: string;
  origin: string;
  createService: CreateAction;
}

const FIELD_IDS: Record<CreateField, string> = {
  image: "field-image",
  start: "field-start",
  name: "field-name",
  environment: "field-environment",
};

/** A new service: image, what it starts with, name; beside it what will be made, then how it is being made. */
export function CreateForm({ projectId, origin, createService }: CreateFormProps) {
  const services = useQuery(servicesQuery()).data?.services ?? [];
  const form = useCreateForm(services, createService);
  const placed = usePlaced(form.made);
  const frozen = form.made !== null;
  const button = (
    <Button type="submit" variant="primary" size="lg" className="flex-1" pending={form.pending}>
      Create service
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Create service"
        summary="A Postgres of your own, and the source of as many forks as you like."
      />
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void form.submit();
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
                actions={
                  <AfterActions made={form.made ?? ""} name={form.state.name} ready={placed.ready} again={form.again} />
                }
              />
            ) : (
              <>
                <Summary form={form} button={<div className="flex max-lg:hidden">{button}</div>} />
                <SameThing curl={formatCreateCurl(origin, projectId, form.reading)} />
              </>
            )
          }
        >
          {placed.ready && placed.service && <ConnectPanel service={placed.service} />}
          <Choices form={form} frozen={frozen} />
          <Fieldset step={3} legend="Name and environment" disabled={frozen}>
            <NameField
              id={FIELD_IDS.name}
              value={form.state.name}
              onValue={(name) => form.set({ name })}
              onLeave={() => form.state.name && form.leave("name")}
              problem={form.findProblem("name")}
              onFix={form.fix}
              remark={findNameRemark(form.state.name)}
              readOnly={frozen}
              placeholder="orders-dev"
            />
            <Environment form={form} frozen={frozen} />
          </Fieldset>
        </FormPage>
        {!frozen && <StickyAction>{button}</StickyAction>}
      </form>
    </>
  );
}

type Form = ReturnType<typeof useCreateForm>;

function Choices({ form, frozen }: { form: Form; frozen: boolean }) {
  const start = form.findProblem("start");
  const image = form.findProblem("image");
  return (
    <>
      <Fieldset step={1} legend="Image" disabled={frozen}>
        <div id={FIELD_IDS.image} tabIndex={-1} className="grid gap-3 outline-none sm:grid-cols-2">
          {IMAGE_CARDS.map(({ id, title, line, detail }) => (
            <RadioCard
              key={id}
              name="image"
              value={id}
              title={title}
              checked={form.state.image === id}
              onChange={() => form.set({ image: id })}
            >
              <span className="text-fg-2">{line}</span>
              <span className="text-fg-3 text-sm">{detail}</span>
            </RadioCard>
          ))}
        </div>
        {image && <FieldError>{image.problem}</FieldError>}
      </Fieldset>
      <Fieldset step={2} legend="Start with" disabled={frozen}>
        <div id={FIELD_IDS.start} tabIndex={-1} className="grid gap-3 outline-none sm:grid-cols-2">
          {START_CARDS.map(({ id, title, line }) => (
            <RadioCard
              key={id}
              name="start"
              value={id}
              title={title}
              checked={form.state.start === id}
              onChange={() => form.set({ start: id })}
              quiet={!canStartWith(form.state.image, id)}
            >
              <span className="text-fg-2">{line}</span>
              {id === SAMPLE && <span className="text-fg-3 text-sm">Needs TimescaleDB.</span>}
            </RadioCard>
          ))}
        </div>
        {start && (
          <div className="flex flex-wrap items-center gap-3">
            <FieldError>{start.problem}</FieldError>
            <FixButtons fixes={start.fix} onSet={form.fix} />
          </div>
        )}
      </Fieldset>
    </>
  );
}

function Environment({ form, frozen }: { form: Form; frozen: boolean }) {
  const problem = form.findProblem("environment");
  return (
    <div
      id={FIELD_IDS.environment}
      role="radiogroup"
      aria-labelledby="environment"
      tabIndex={-1}
      className="outline-none"
    >
      <p id="environment" className="mb-1.5 font-medium">
        Environment
      </p>
      <Segmented
        name="environment"
        value={form.state.environment}
        onValueChange={(environment) => form.set({ environment })}
        disabled={frozen}
        options={[
          { value: "DEV", label: "DEV" },
          { value: "PROD", label: "PROD" },
        ]}
      />
      {problem && <FieldError className="mt-1.5">{problem.problem}</FieldError>}
      <p className="mt-1.5 text-fg-3 text-sm">PROD stands out wherever it is shown.</p>
    </div>
  );
}

function Summary({ form, button }: { form: Form; button: React.ReactNode }) {
  const { image, start, name, environment } = form.state;
  return (
    <Card className="flex flex-col gap-4 p-4 sm:p-5">
      <h2 className="break-words font-mono font-semibold text-base">{name.trim() || "New service"}</h2>
      <Facts
        facts={[
          { term: "Image", value: IMAGE_CARDS.find(({ id }) => id === image)?.title ?? "–" },
          { term: "Start with", value: start === SAMPLE ? "sample prod-telemetry" : "an empty database" },
          { term: "Environment", value: environment },
        ]}
      />
      <p className="border-border border-t pt-4 text-fg-3 text-sm">
        Database tsdb, role tsdbadmin, TLS on its own port. The password is shown once.
      </p>
      {button}
    </Card>
  );
}

function AfterActions({ made, name, ready, again }: { made: string; name: string; ready: boolean; again: () => void }) {
  return (
    <>
      <ButtonLink href={`/services/${made}`}>Open service</ButtonLink>
      {ready ? (
        <ButtonLink variant="primary" href={`/forks/new?source=${encodeURIComponent(name)}`}>
          Fork service
        </ButtonLink>
      ) : (
        <Button onClick={again}>Try again</Button>
      )}
    </>
  );
}
