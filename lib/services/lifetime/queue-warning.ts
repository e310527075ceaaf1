import type { Service, Transaction } from "@/lib/db";
import { findMailAddresses, type MailText, queueMessage } from "@/lib/notify";
import { assert } from "@/lib/std/assert";
import { sayDuration } from "./lifetime";

export interface Warning {
  /** As it is with the end that it is warned of. */
  readonly service: Service;
  readonly event: "fork.expiring" | "fork.postponed";
  /** The threshold, for one before the end. */
  readonly threshold?: string;
  readonly clients: number;
  readonly nowMs: number;
  readonly sendsMail: boolean;
}

/** Tells the outside of an end that comes near, or was put off; in the transaction that makes it so. */
export async function queueWarning(tx: Transaction, warning: Warning): Promise<void> {
  const { service, event, threshold, clients, nowMs, sendsMail } = warning;
  const { id, projectId, name, createdBy, expiresAt, forkedFromId } = service;
  assert(expiresAt, "what is warned of has an end");
  const data = {
    ...{ service_id: id, name, forked_from: forkedFromId, created_by: createdBy },
    ...{ expires_at: expiresAt.toISOString(), seconds_left: secondsLeft(warning), connected_clients: clients },
    ...(threshold !== undefined && { threshold }),
  };
  const to = sendsMail ? await findMailAddresses(tx, projectId, createdBy) : [];
  const mail = to.length > 0 ? { to, ...(await writeMail(tx, warning)) } : undefined;
  await queueMessage(tx, { projectId, event, data, path: `/forks/${id}`, mail, nowMs });
}

const secondsLeft = ({ service, nowMs }: Warning): number =>
  Math.max(0, Math.round(((service.expiresAt?.getTime() ?? nowMs) - nowMs) / 1000));

async function writeMail(tx: Transaction, warning: Warning): Promise<Omit<MailText, "to">> {
  const { service, event, clients } = warning;
  const project = await tx.project.findUniqueOrThrow({ where: { id: service.projectId } });
  const left = sayDuration(secondsLeft(warning));
  const end = service.expiresAt?.toISOString();
  const isPutOff = event === "fork.postponed";
  return {
    subject: isPutOff ? `${service.name} was to stop now and goes on for ${left}` : `${service.name} stops in ${left}`,
    text: [
      isPutOff
        ? `The end of the fork ${service.name} was put off once, to ${end}, because somebody is connected.`
        : `The fork ${service.name} stops at ${end}, in ${left}.`,
      ...(clients > 0 ? [`${clients} ${clients === 1 ? "client is" : "clients are"} connected.`] : []),
      `After that its data is kept for ${sayDuration(project.graceSeconds)} and can be restored. Extend it on its page:`,
    ].join("\n"),
  };
}
