import { type Clock, systemClock } from "@/lib/std/clock";
import type { Device } from "../device/device";
import { nodeDevice } from "../device/node-device";
import { DEFAULT_LIMITS, type Limits } from "../limits";
import { HeadCell } from "../log/head-cell";
import { LogReader } from "../log/log-reader";
import { LogWriter } from "../log/log-writer";
import { resolveRoot } from "../log/resolved-root";
import type { WriterTicket } from "../store-types";
import { toVolumeError } from "../volume-error";
import { Committer } from "./committer";
import { LogVolume } from "./volume";
import { loadRoot } from "./volume-open";
import { VolumeState } from "./volume-state";
import type { Volume } from "./volume-types";

export interface OpenVolumeOptions {
  readonly clock?: Clock;
  readonly device?: Device;
  readonly limits?: Limits;
}

/** Opens a volume for its one writing thread, at the newest commit. Throws a `VolumeError` when it is damaged. */
export function openVolume(ticket: WriterTicket, options: OpenVolumeOptions = {}): Volume {
  const device = options.device ?? nodeDevice;
  const limits = options.limits ?? DEFAULT_LIMITS;
  const reader = new LogReader(device, ticket.storeDir, limits.descriptors);
  if (ticket.storeEpoch) reader.watch(ticket.storeEpoch);
  try {
    return open(ticket, { reader, device, limits, clock: options.clock ?? systemClock });
  } catch (error) {
    reader.close();
    throw toVolumeError(error, `opening volume ${ticket.volumeId}`);
  }
}

interface Parts {
  reader: LogReader;
  device: Device;
  limits: Limits;
  clock: Clock;
}

function open(ticket: WriterTicket, { reader, device, limits, clock }: Parts): Volume {
  const cell = new HeadCell(ticket.headCell);
  const head = cell.read();
  const place = { log: ticket.logId, segment: head.segment, unit: head.unit };
  const root = resolveRoot(reader, reader.getFrame(place).header);
  const state = new VolumeState(ticket.volumeId, reader, limits);
  const deltaBytes = loadRoot(state, root);
  const writer = new LogWriter({
    device,
    storeDir: ticket.storeDir,
    log: ticket.logId,
    start: cell.start,
    lastFrame: place,
    segmentBytes: limits.segmentBytes,
    barrier: ticket.barrier ?? true,
  });
  try {
    writer.open(head.commit + 1, clock.nowMicros());
  } catch (error) {
    writer.close();
    throw error;
  }
  const committer = new Committer({ state, writer, limits, head, sinceCheckpoint: root.frames.length, deltaBytes });
  return new LogVolume({ state, committer, writer, cell, clock, limits });
}
