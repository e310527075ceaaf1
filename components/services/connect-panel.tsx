"use client";
import { useQueryClient } from "@tanstack/react-query";
import { Eye, EyeOff } from "lucide-react";
import { useRef, useState } from "react";
import { TimeChip } from "@/components/shell/time-chip";
import { useAnnounce } from "@/components/ui/announcer";
import { Button } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { CopyButton } from "@/components/ui/copy-button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { FieldError } from "@/components/ui/field";
import { Tabs } from "@/components/ui/tabs";
import type { ActionResult } from "@/lib/client/action-result";
import { attempt } from "@/lib/client/attempt";
import {
  type ConnectionFacts,
  type ConnectionFormat,
  formatConnectionComment,
  formatConnections,
  toClipboardText,
} from "@/lib/client/connection";
import { refreshServices } from "@/lib/client/services-cache";
import type { ServiceDto } from "@/lib/schemas/service";
import { useServiceActions } from "./service-actions";

/** How to connect, in every format, and the password: shown once, on this page only while it is open. */
export function ConnectPanel({ service, headingId = "connect" }: { service: ServiceDto; headingId?: string }) {
  const [password, setPassword] = useState<string>();
  const [shown, setShown] = useState(false);
  if (!service.endpoint) return null;
  const facts = toConnectionFacts(service, service.endpoint);
  const comment = formatConnectionComment(facts);
  const formats = formatConnections(facts, shown ? password : undefined);
  return (
    <SectionCard headingId={headingId} title="Connect" tabIndex={-1} className="outline-none">
      <PasswordRow service={service} password={password} shown={shown} onShown={setShown} onPassword={setPassword} />
      <Tabs
        label="Connection formats"
        tabs={formats.map((format) => ({
          id: format.id,
          label: format.label,
          panel: <Format format={format} comment={comment} hasPassword={shown} />,
        }))}
      />
    </SectionCard>
  );
}

function toConnectionFacts(service: ServiceDto, endpoint: { host: string; port: number }): ConnectionFacts {
  const { name, forked_from, receipt, expires_at } = service;
  return {
    ...endpoint,
    name,
    source: forked_from?.name,
    asOf: receipt?.commit_time ?? undefined,
    expires: expires_at?.replace(/\.\d+Z$/, "Z"),
  };
}

const COPY_LABELS: Record<ConnectionFormat["id"], string> = {
  psql: "Copy command",
  url: "Copy URL",
  env: "Copy .env",
  pgpass: "Copy .pgpass",
  jdbc: "Copy JDBC URL",
  libpq: "Copy libpq string",
};

function Format({ format, comment, hasPassword }: { format: ConnectionFormat; comment: string; hasPassword: boolean }) {
  const needsPassword = !hasPassword && format.id !== "psql";
  return (
    <div className="flex flex-col gap-2">
      <CodeBlock tabIndex={0} aria-label={`${format.label} connection`} role="region">
        <span className="text-fg-3">{comment}</span>
        {"\n"}
        <span className="text-fg">{format.text}</span>
      </CodeBlock>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="min-w-0 flex-1 text-fg-3 text-sm">
          {needsPassword ? "Reveal the password to fill it in. " : ""}
          {format.hint}
        </p>
        <CopyButton text={toClipboardText(format, comment)} label={COPY_LABELS[format.id]} />
      </div>
    </div>
  );
}

interface PasswordRowProps {
  service: ServiceDto;
  password: string | undefined;
  shown: boolean;
  onShown: (shown: boolean) => void;
  onPassword: (password: string) => void;
}

function PasswordRow({ service, password, shown, onShown, onPassword }: PasswordRowProps) {
  const { revealPassword } = useServiceActions();
  const [problem, setProblem] = useState<string>();
  const [pending, setPending] = useState(false);
  const announce = useAnnounce();
  const cache = useQueryClient();

  async function take(asked: Promise<ActionResult<{ password: string }>>): Promise<string | undefined> {
    setPending(true);
    const result = await attempt(asked);
    setPending(false);
    setProblem(result.ok ? undefined : result.message);
    if (result.ok) onPassword(result.password);
    await refreshServices(cache);
    return result.ok ? result.password : undefined;
  }

  async function reveal() {
    const value = password ?? (await take(revealPassword(service.service_id)));
    if (value === undefined) return;
    onShown(true);
    announce("Password revealed");
  }

  const known = password !== undefined;
  const waiting = known || service.password_sealed;
  return (
    <div className="mb-4 rounded-md border border-border bg-bg p-3.5">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-3">
        <div className="min-w-0">
          <p className="font-medium">{waiting ? "Your password is shown once." : "Password"}</p>
          {waiting ? (
            <p className="tabular mt-1 break-all font-mono text-fg-2" data-testid="password">
              {shown && known ? password : <Masked />}
            </p>
          ) : (
            <p className="mt-1 text-fg-2">
              Set at <TimeChip at={service.password_set_at} seconds />. Not stored.
            </p>
          )}
        </div>
        <div className="flex flex-wrap gap-2">
          {waiting && (
            <>
              {shown ? (
                <Button size="sm" onClick={() => onShown(false)}>
                  <EyeOff size={14} aria-hidden />
                  Hide
                </Button>
              ) : (
                <Button size="sm" onClick={reveal} pending={pending}>
                  <Eye size={14} aria-hidden />
                  Reveal
                </Button>
              )}
              <CopyButton
                label="Copy password"
                text={async () => password ?? (await take(revealPassword(service.service_id)))}
              />
            </>
          )}
          <ResetPassword
            service={service}
            quiet={waiting}
            onReset={(asked) => {
              onShown(false);
              void take(asked);
            }}
          />
        </div>
      </div>
      {known && (
        <p className="mt-2 text-fg-3 text-sm">Keep it now: once you leave this page nobody can show it again.</p>
      )}
      {problem && (
        <FieldError role="alert" className="mt-2">
          {problem}
        </FieldError>
      )}
    </div>
  );
}

const Masked = () => (
  <>
    <span aria-hidden>{"•".repeat(24)}</span>
    <span className="sr-only">hidden</span>
  </>
);

interface ResetPasswordProps {
  service: ServiceDto;
  quiet: boolean;
  onReset: (asked: Promise<ActionResult<{ password: string }>>) => void;
}

function ResetPassword({ service, quiet, onReset }: ResetPasswordProps) {
  const { resetPassword } = useServiceActions();
  const [open, setOpen] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Button size="sm" variant={quiet ? "ghost" : "secondary"} onClick={() => setOpen(true)}>
        Reset password
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={`Reset the password of ${service.name}?`}
        initialFocus={keep}
        actions={
          <>
            <Button ref={keep} onClick={() => setOpen(false)}>
              Keep password
            </Button>
            <Button
              variant="primary"
              onClick={() => {
                setOpen(false);
                onReset(resetPassword(service.service_id));
              }}
            >
              Reset password
            </Button>
          </>
        }
      >
        <p>
          Clients that connect with the old password are refused from then on. Connections that are open stay open. The
          new password is shown once.
        </p>
      </ConfirmDialog>
    </>
  );
}
