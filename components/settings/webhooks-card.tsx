"use client";
import { useState } from "react";
import { Ago, TimeChip } from "@/components/shell/time-chip";
import { Button } from "@/components/ui/button";
import { SectionCard } from "@/components/ui/card";
import { Field, FieldError, Input } from "@/components/ui/field";
import type { ActionResult } from "@/lib/client/action-result";
import type { DeliveryDto, NotifyEvent, PutWebhooksBody, WebhookDto, WebhooksDto } from "@/lib/schemas/webhook";
import { ListRow, RowList } from "./list-row";
import { ShownOnce } from "./shown-once";
import { useAct } from "./use-act";

export interface WebhooksCardProps extends WebhooksDto {
  save: (body: PutWebhooksBody) => Promise<ActionResult<WebhooksDto>>;
  test: (id: string) => Promise<ActionResult<WebhooksDto>>;
}

/** Where warnings and alerts go, and what became of the newest ones. */
export function WebhooksCard({ webhooks, mail, deliveries, save, test }: WebhooksCardProps) {
  return (
    <SectionCard headingId="webhooks" title="Warnings and alerts">
      <div className="flex flex-col gap-4">
        <p className="text-fg-2">
          {mail === "on"
            ? "They go by e-mail to whoever made the fork, else to the admins; and to these addresses."
            : "They go to these addresses. No mail server is configured for e-mail."}
        </p>
        {webhooks.length > 0 && (
          <RowList label="Webhooks">
            {webhooks.map((webhook) => (
              <WebhookRow key={webhook.id} webhook={webhook} webhooks={webhooks} save={save} test={test} />
            ))}
          </RowList>
        )}
        <AddForm webhooks={webhooks} save={save} />
        {deliveries.length > 0 && (
          <RowList label="Newest messages">
            {deliveries.map((delivery) => (
              <DeliveryRow key={delivery.id} delivery={delivery} webhooks={webhooks} />
            ))}
          </RowList>
        )}
      </div>
    </SectionCard>
  );
}

const toWanted = ({ id, url, events }: WebhookDto) => ({ id, url, events: events as NotifyEvent[] });

type RowProps = Pick<WebhooksCardProps, "webhooks" | "save" | "test"> & { webhook: WebhookDto };

function WebhookRow({ webhook, webhooks, save, test }: RowProps) {
  const { pending, press } = useAct();
  const others = webhooks.filter(({ id }) => id !== webhook.id).map(toWanted);
  return (
    <ListRow
      first={<code className="break-all font-mono">{webhook.url}</code>}
      second={
        <>
          {webhook.events.join(", ")} · added <Ago at={webhook.created} />
          {webhook.created_by && ` by ${webhook.created_by}`}
        </>
      }
    >
      <Button
        size="sm"
        pending={pending}
        onClick={() => press(test(webhook.id), "A test message is on its way")}
        aria-label={`Send a test to ${webhook.url}`}
      >
        Send test
      </Button>
      <Button
        size="sm"
        variant="dangerOutline"
        pending={pending}
        onClick={() => press(save({ webhooks: others }), "The webhook was removed")}
        aria-label={`Remove ${webhook.url}`}
      >
        Remove
      </Button>
    </ListRow>
  );
}

function AddForm({ webhooks, save }: Pick<WebhooksCardProps, "webhooks" | "save">) {
  const { pending, failure, submit } = useAct();
  const [url, setUrl] = useState("");
  const [secret, setSecret] = useState<string>();

  async function add() {
    const made = await submit(save({ webhooks: [...webhooks.map(toWanted), { url }] }));
    setSecret(made?.webhooks.find((one) => one.secret !== undefined)?.secret);
    if (made) setUrl("");
  }

  return (
    <form
      noValidate
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <Field
        label="Add a webhook"
        hint="An address that takes POST. Messages are signed as Standard Webhooks has it."
        error={failure?.field ? failure.message : undefined}
      >
        {(ids) => (
          <div className="flex flex-wrap gap-2">
            <Input
              {...ids}
              type="url"
              value={url}
              onChange={(event) => setUrl(event.target.value)}
              autoComplete="off"
              spellCheck={false}
              className="min-w-60 flex-1 font-mono"
            />
            <Button type="submit" pending={pending}>
              Add webhook
            </Button>
          </div>
        )}
      </Field>
      {failure && !failure.field && <FieldError role="alert">{failure.message}</FieldError>}
      {secret && <ShownOnce what="The signing secret" text={secret} copy="Copy secret" />}
    </form>
  );
}

function DeliveryRow({ delivery, webhooks }: { delivery: DeliveryDto; webhooks: readonly WebhookDto[] }) {
  const webhook = webhooks.find(({ id }) => id === delivery.target);
  return (
    <ListRow
      first={
        <>
          {delivery.event} to {webhook?.url ?? (delivery.channel === "email" ? delivery.target : "a removed webhook")}
        </>
      }
      second={
        <>
          <TimeChip at={delivery.created} seconds /> · {sayOutcome(delivery)}
          {delivery.error && ` · ${delivery.error}`}
        </>
      }
    />
  );
}

function sayOutcome({ delivered, next, attempts }: DeliveryDto): string {
  if (delivered) return attempts > 1 ? `taken at attempt ${attempts}` : "taken";
  if (next) return attempts === 0 ? "on its way" : `tried ${attempts} ${attempts === 1 ? "time" : "times"}, goes on`;
  return "given up";
}
