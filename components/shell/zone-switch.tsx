"use client";
import { Segmented } from "@/components/ui/segmented";
import { UTC } from "@/lib/client/time";
import { useZone } from "./clock";

const OPTIONS = [
  { value: "utc", label: "UTC" },
  { value: "local", label: "Local" },
];

/** Turns every time on the screen, at once and for good. */
export function ZoneSwitch() {
  const { zone, choose } = useZone();
  return (
    <fieldset>
      <legend className="sr-only">Show times in</legend>
      <Segmented
        name="zone"
        compact
        value={zone === UTC ? "utc" : "local"}
        options={OPTIONS}
        onValueChange={(kind) => choose(kind === "utc" ? "utc" : "local")}
      />
    </fieldset>
  );
}
