import type { ServiceEvent } from "@/lib/gateway";
import { ENGINE_ROLE } from "@/lib/operations";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { EventRecorder } from "./event-recorder";
import { type EventSinks, recordEvents } from "./record-events";

export interface SeenEventsOptions extends EventSinks {
  readonly clock: Clock;
  readonly log: Log;
}

/** What the gateway sees in its clients' answers, on its way to the services' lists of events. */
export interface SeenEvents {
  onEvents(serviceId: string, events: readonly ServiceEvent[]): void;
  /** Writes what waits. */
  stop(): Promise<void>;
}

export function recordSeenEvents({ db, store, clock, log }: SeenEventsOptions): SeenEvents {
  const recorder = new EventRecorder({
    clock,
    log,
    async record(serviceId, events) {
      const service = await db.service.findUnique({ where: { id: serviceId }, select: { volumeId: true } });
      // Purged meanwhile: nobody can go back in it.
      if (service) await recordEvents({ db, store }, { serviceId, volumeId: service.volumeId }, events);
    },
  });
  return {
    onEvents: (serviceId, events) => recorder.add(serviceId, events.filter(isClients).map(toSeen)),
    stop: () => recorder.stop(),
  };
}

/** The engine prepares a service, with a sample say, before anybody can go back to anything. */
const isClients = ({ role }: ServiceEvent): boolean => role !== ENGINE_ROLE;

const toSeen = ({ kind, what, rows, commit, micros }: ServiceEvent) => ({
  kind,
  what,
  rows: rows ?? null,
  commit,
  micros,
});
