"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useToast } from "@/components/ui/toast";
import { attempt } from "@/lib/client/attempt";
import { historyKeys, historySettingsQuery } from "@/lib/client/history";
import { type HistoryForm, listHistoryLosses, readHistoryForm, writeHistoryForm } from "@/lib/client/history-settings";
import { serviceKeys } from "@/lib/client/services";
import type { HistorySetting, HistorySettings } from "@/lib/schemas/history-settings";
import { useServiceActions } from "./service-actions";

/** The settings of a service's history, what is typed over them, and the way to the server: through a question when history goes. */
export function useHistorySettings(serviceId: string) {
  const { data, error, refetch } = useQuery(historySettingsQuery(serviceId));
  const [typed, setTyped] = useState<Partial<HistoryForm>>({});
  const [tried, setTried] = useState(false);
  const [refusal, setRefusal] = useState<{ field: string | undefined; message: string }>();
  const [asking, setAsking] = useState(false);
  const [pending, setPending] = useState(false);
  const busy = useRef(false);
  const { changeHistorySettings } = useServiceActions();
  const cache = useQueryClient();
  const toast = useToast();

  const current = data?.settings;
  const form = current && { ...writeHistoryForm(current), ...typed };
  const reading = current && form && readHistoryForm(form, current);
  const losses = current && reading?.ok ? listHistoryLosses(current, reading.settings) : [];

  async function save(settings: HistorySettings): Promise<void> {
    if (busy.current) return;
    busy.current = true;
    setPending(true);
    const result = await attempt(changeHistorySettings(serviceId, settings));
    busy.current = false;
    setPending(false);
    setAsking(false);
    if (!result.ok) return setRefusal({ field: result.field, message: result.message });
    setTyped({});
    setTried(false);
    toast({ message: "History settings saved." });
    await Promise.all([
      cache.invalidateQueries({ queryKey: historyKeys.of(serviceId) }),
      cache.invalidateQueries({ queryKey: serviceKeys.detail(serviceId) }),
    ]);
  }

  return {
    form,
    error,
    refetch,
    reading,
    losses,
    asking,
    pending,
    changed: Object.keys(typed).length > 0,
    refusal: refusal && !isSetting(refusal.field) ? refusal.message : undefined,
    set(setting: HistorySetting, text: string) {
      setRefusal(undefined);
      setTyped((before) => ({ ...before, [setting]: text }));
    },
    findProblem(setting: HistorySetting): string | undefined {
      if (refusal?.field === setting) return refusal.message;
      return tried && reading?.ok === false ? reading.problems[setting] : undefined;
    },
    discard() {
      setTyped({});
      setTried(false);
      setRefusal(undefined);
    },
    /** What is wrong shows from now on; answers the first field that is. */
    submit(): HistorySetting | undefined {
      setTried(true);
      if (!reading) return undefined;
      if (!reading.ok) return Object.keys(reading.problems).find(isSetting);
      if (losses.length > 0) setAsking(true);
      else void save(reading.settings);
      return undefined;
    },
    confirm: () => (reading?.ok ? save(reading.settings) : Promise.resolve()),
    keep: () => setAsking(false),
  };
}

const SETTINGS: readonly string[] = [
  "retention_seconds",
  "retention_bytes",
  "snapshot_interval_seconds",
  "snapshots_kept",
] satisfies HistorySetting[];

const isSetting = (field: string | undefined): field is HistorySetting =>
  field !== undefined && SETTINGS.includes(field);
