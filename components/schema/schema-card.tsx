import { ButtonLink } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { serviceHref } from "@/lib/client/routes";
import type { ServiceDto } from "@/lib/schemas/service";

/** The way from a service to its schema. */
export function SchemaCard({ service }: { service: ServiceDto }) {
  const { forked_from } = service;
  return (
    <SectionCard headingId="schema" title="Schema">
      <p className="mb-3 text-fg-2">
        {forked_from
          ? `What changed here since it was forked of ${forked_from.name}, and the script that takes it there.`
          : "Its tables, views, functions and everything else, as a script."}
      </p>
      <ButtonLink href={`${serviceHref(service)}/schema`}>{forked_from ? "Compare schemas" : "Show schema"}</ButtonLink>
    </SectionCard>
  );
}
