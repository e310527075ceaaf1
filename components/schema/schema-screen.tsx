"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ExactTime } from "@/components/shell/exact-time";
import { Button, ButtonLink } from "@/components/ui/button";
import { FixButtons } from "@/components/ui/fix-buttons";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { Segmented } from "@/components/ui/segmented";
import { RequestFailure } from "@/lib/client/http";
import { serviceHref } from "@/lib/client/routes";
import { readSchemaView, type SchemaData, type SchemaView, schemaReadingQuery } from "@/lib/client/schema";
import { isFork } from "@/lib/client/status";
import type { SchemaSide } from "@/lib/schemas/schema-reading";
import type { ServiceDto } from "@/lib/schemas/service";
import { LeftOut } from "./left-out";
import { SchemaObjects } from "./schema-objects";
import { ScriptActions } from "./script-actions";

export interface SchemaScreenProps {
  service: ServiceDto;
  initial: SchemaView;
}

/** A service's schema, or what a fork changed: against its source as it was, or as it is now. */
export function SchemaScreen({ service, initial }: SchemaScreenProps) {
  const [view, setView] = useState(initial);
  const { data, error, isFetching, refetch } = useQuery(schemaReadingQuery(service.service_id, view));
  const choose = (value: string) => {
    const chosen = readSchemaView(service, value);
    setView(chosen);
    window.history.replaceState(null, "", `${serviceHref(service)}/schema?against=${chosen}`);
  };
  const isReading = !error && !data?.schema;
  return (
    <>
      <PageHeader
        title={
          <>
            Schema of <span className="break-all">{service.name}</span>
          </>
        }
        summary={data?.schema && <Sides of={data.schema.of} source={data.schema.source} />}
        actions={
          <>
            <ButtonLink href={serviceHref(service)}>Back to {isFork(service) ? "the fork" : "the service"}</ButtonLink>
            <Button pending={isReading || isFetching} onClick={() => refetch()}>
              Read again
            </Button>
          </>
        }
      />
      {isFork(service) && <ViewChoice source={service.forked_from?.name ?? "its source"} view={view} choose={choose} />}
      <div aria-busy={isReading} className="flex flex-col gap-4">
        {error ? (
          <Failure error={error} retry={() => refetch()} choose={(values) => choose(values.against ?? view)} />
        ) : (
          <Reading data={data} name={service.name} />
        )}
      </div>
    </>
  );
}

function ViewChoice({ source, view, choose }: { source: string; view: SchemaView; choose: (value: string) => void }) {
  const options = [
    { value: "source_then", label: `${source} then`, name: `${source} then: as it was when the fork was made` },
    { value: "source_now", label: `${source} now`, name: `${source} now: its newest commit` },
    { value: "alone", label: "All of it", name: "All of it, compared with nothing" },
  ];
  return (
    <div role="radiogroup" aria-label="Compare with" className="mb-4">
      <Segmented name="against" value={view} options={options} onValueChange={choose} />
    </div>
  );
}

function Sides({ of, source }: { of: SchemaSide; source: SchemaSide | null }) {
  return (
    <>
      As it was at <ExactTime at={of.time} />
      {source && (
        <>
          , compared with {source.name} at <ExactTime at={source.time} />
        </>
      )}
    </>
  );
}

function Reading({ data, name }: { data: SchemaData | undefined; name: string }) {
  if (!data?.schema || data.sql === undefined)
    return (
      <p role="status" className="text-fg-2">
        Reading the schema in a hidden copy of {name}. This takes a few seconds, and nobody who works in it notices.
      </p>
    );
  const { schema, sql } = data;
  return (
    <>
      <ScriptActions schema={schema} sql={sql} />
      <SchemaObjects key={`${schema.operation_id}`} schema={schema} />
      <LeftOut schema={schema} />
    </>
  );
}

interface FailureProps {
  error: Error;
  retry: () => void;
  choose: (values: Record<string, string>) => void;
}

function Failure({ error, retry, choose }: FailureProps) {
  const isTooLarge = error instanceof RequestFailure && error.code === "PAYLOAD_TOO_LARGE";
  return (
    <Notice
      tone="danger"
      role="alert"
      actions={
        <>
          {!isTooLarge && (
            <Button size="sm" onClick={retry}>
              Try again
            </Button>
          )}
          {error instanceof RequestFailure && <FixButtons fixes={error.fix} onSet={choose} />}
        </>
      }
    >
      {error.message}
    </Notice>
  );
}
