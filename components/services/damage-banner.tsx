"use client";
import { useQuery } from "@tanstack/react-query";
import { TimeChip } from "@/components/shell/time-chip";
import { ButtonLink } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { adviseOnDamage, nameDamage, sayDamaged, selectDamages } from "@/lib/client/damage";
import { windowQuery } from "@/lib/client/history";
import type { DamagesDto } from "@/lib/schemas/history";
import type { ServiceDto } from "@/lib/schemas/service";

/** What a scrub found: file, block and time, and what can be done about it. */
export function DamageBanner({ service, damages }: { service: ServiceDto; damages: DamagesDto }) {
  const { data } = useQuery(windowQuery(service.service_id));
  const { sentence, link } = adviseOnDamage(service, damages, data?.window);
  const { named, more } = selectDamages(damages);
  return (
    <Notice
      tone="danger"
      role="alert"
      actions={
        link && (
          <ButtonLink size="sm" href={link.href}>
            {link.label}
          </ButtonLink>
        )
      }
    >
      <p>
        <strong className="font-semibold">{sayDamaged(damages.count)}</strong> Queries that need it fail; nothing wrong
        is returned, and everything else can be read.
      </p>
      <ul className="my-1.5 list-disc pl-5">
        {named.map((damage) => (
          <li key={`${damage.log}/${damage.segment}/${damage.unit}`}>
            <span className="font-mono text-sm">{nameDamage(damage)}</span>, found{" "}
            <TimeChip at={damage.found} seconds />
          </li>
        ))}
        {more > 0 && <li>and {more} more</li>}
      </ul>
      <p>{sentence}</p>
    </Notice>
  );
}
