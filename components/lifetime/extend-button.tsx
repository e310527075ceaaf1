"use client";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { extensionQuery } from "@/lib/client/lifetimes";
import { formatMoney } from "@/lib/client/money";
import type { ServiceDto } from "@/lib/schemas/service";
import { ExtendDialog } from "./extend-dialog";
import { useExtend } from "./use-extend";

const CHOICES = [
  { ttl: "1h", label: "1 hour", hours: 1 },
  { ttl: "4h", label: "4 hours", hours: 4 },
  { ttl: "1d", label: "1 day", hours: 24 },
] as const;
const USUAL = CHOICES[1];

/** Extend by the usual length at once; others, another end, or none, behind it. What each costs stands beside it. */
export function ExtendButton({ service, size = "md" }: { service: ServiceDto; size?: "sm" | "md" }) {
  const extend = useExtend();
  const [pending, setPending] = useState(false);
  const [asking, setAsking] = useState(false);
  const burn = useQuery(extensionQuery(service.service_id, { ttl: "1m" })).data?.extension;
  const price = (hours: number) => burn && formatMoney(burn.per_hour_micro_cents * hours, burn.currency);

  async function press(ttl: string) {
    setPending(true);
    await extend(service, { ttl });
    setPending(false);
  }

  return (
    <div className="flex">
      <Button
        size={size}
        pending={pending}
        onClick={() => press(USUAL.ttl)}
        aria-label={`Extend ${service.name} by ${USUAL.label}`}
        title={price(USUAL.hours) && `About ${price(USUAL.hours)}`}
        className="rounded-r-none"
      >
        {service.expires_at ? "Extend 4 h" : "End in 4 h"}
      </Button>
      <Menu
        trigger={
          <Button size={size} aria-label={`Extend ${service.name} by…`} className="-ml-px rounded-l-none px-1.5">
            <ChevronDown size={14} aria-hidden />
          </Button>
        }
      >
        {CHOICES.map(({ ttl, label, hours }) => (
          <MenuItem key={ttl} onClick={() => press(ttl)}>
            <span className="flex-1">{label}</span>
            {burn && <span className="tabular text-fg-3">≈ {price(hours)}</span>}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem onClick={() => setAsking(true)}>Another end…</MenuItem>
      </Menu>
      {asking && <ExtendDialog service={service} onClose={() => setAsking(false)} />}
    </div>
  );
}
