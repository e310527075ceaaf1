"use client";
import { Button, ButtonLink } from "@/components/ui/button";
import { inputStyle } from "@/components/ui/field";

const KINDS = [
  { value: "", label: "Everything" },
  { value: "service", label: "Services and forks" },
  { value: "snapshot", label: "Snapshots" },
  { value: "operation", label: "Operations" },
  { value: "members", label: "Members" },
  { value: "keys", label: "API keys" },
  { value: "session", label: "Sign-ins" },
  { value: "sessions", label: "Ended sessions" },
  { value: "prices", label: "Prices" },
  { value: "budgets", label: "Budgets" },
  { value: "policy", label: "Policy" },
  { value: "event", label: "Markers" },
];

/** A form whose address is its state: it works as a link, and without a script. */
export function ActivityFilter({ filter }: { filter: Readonly<Record<string, string>> }) {
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <form action="/activity" className="mb-4 flex flex-wrap items-end gap-3" key={JSON.stringify(filter)}>
      <label className="flex flex-col gap-1 text-fg-2 text-sm">
        What
        <select name="action" defaultValue={filter.action ?? ""} className={inputStyle}>
          {KINDS.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label className="flex flex-col gap-1 text-fg-2 text-sm">
        Who
        <input name="actor" defaultValue={filter.actor ?? ""} className={inputStyle} placeholder="part of a name" />
      </label>
      <label className="flex flex-col gap-1 text-fg-2 text-sm">
        Id of what it was done to
        <input name="object_id" defaultValue={filter.object_id ?? ""} className={inputStyle} />
      </label>
      <Button type="submit">Filter</Button>
      {isFiltered && <ButtonLink href="/activity">Show everything</ButtonLink>}
    </form>
  );
}
