"use client";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useSettled } from "@/components/history/use-settled";
import { useZone } from "@/components/shell/clock";
import { TimeChip } from "@/components/shell/time-chip";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { NEVER } from "@/lib/client/lifetime";
import { extensionQuery } from "@/lib/client/lifetimes";
import { formatMoney } from "@/lib/client/money";
import { findInstant } from "@/lib/client/time";
import type { ExtensionDto } from "@/lib/schemas/cost";
import type { ExtendBody, ServiceDto } from "@/lib/schemas/service";
import { useExtend } from "./use-extend";

const SETTLE_MS = 300;

/** Another end for a fork: a length from the one that it has, a moment, or none for a reason. What it costs is said before. */
export function ExtendDialog({ service, onClose }: { service: ServiceDto; onClose: () => void }) {
  const extend = useExtend();
  const { zone } = useZone();
  const first = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("1d");
  const [reason, setReason] = useState("");
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const isNever = text.trim().toLowerCase() === NEVER;
  const body = readEnd(text, { zone, reason });
  const asked: Record<string, string> = isNever ? { never: "true" } : body;
  const isSettled = useSettled(JSON.stringify(asked), SETTLE_MS);
  const estimate = useQuery({ ...extensionQuery(service.service_id, asked), enabled: isSettled && text.trim() !== "" });

  async function submit() {
    setPending(true);
    const failure = await extend(service, body, { isShown: true });
    setPending(false);
    if (failure) setRefusal(failure.message);
    else onClose();
  }

  const problem = refusal ?? estimate.error?.message;
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`When does ${service.name} end?`}
      initialFocus={first}
      actions={
        <>
          <Button onClick={onClose}>Keep its end</Button>
          <Button variant="primary" pending={pending} onClick={submit}>
            Set end
          </Button>
        </>
      }
    >
      <Field
        label="New end"
        hint="A length from the end that it has, such as 90m or 2d 4h; a time such as 2026-01-31 18:00; or never."
        error={isNever ? undefined : problem}
      >
        {(ids) => (
          <Input
            {...ids}
            ref={first}
            value={text}
            onChange={(event) => {
              setRefusal(undefined);
              setText(event.target.value);
            }}
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
          />
        )}
      </Field>
      {isNever && (
        <Field label="Reason" error={problem} hint="It is listed under Never expires, with this.">
          {(ids) => (
            <Input
              {...ids}
              value={reason}
              maxLength={500}
              onChange={(event) => {
                setRefusal(undefined);
                setReason(event.target.value);
              }}
            />
          )}
        </Field>
      )}
      {estimate.data && !problem && <Readout extension={estimate.data.extension} />}
    </ConfirmDialog>
  );
}

function Readout({ extension }: { extension: ExtensionDto }) {
  const { currency, expires_at, per_month_micro_cents } = extension;
  const money = (microCents: number) => formatMoney(microCents, currency);
  if (!expires_at)
    return (
      <p>
        About <strong className="font-semibold text-fg">{money(per_month_micro_cents)} per month</strong> until somebody
        deletes it.
      </p>
    );
  const more = extension.extension_micro_cents;
  return (
    <p>
      Expires <TimeChip at={expires_at} full className="text-fg" />.{" "}
      {more && (
        <>
          About {money(more.low)} more; {money(more.high)} if it is written to as in the last hour.
        </>
      )}
    </p>
  );
}

/** What the text asks for; what is neither a moment nor never is the server's to judge. */
function readEnd(text: string, { zone, reason }: { zone: string; reason: string }): ExtendBody {
  const asked = text.trim();
  if (asked.toLowerCase() === NEVER) return { never_reason: reason };
  const instant = findInstant(asked, zone);
  if (instant !== undefined) return { expires_at: new Date(instant).toISOString() };
  return { ttl: asked };
}
