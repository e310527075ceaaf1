import type { Log } from "@/lib/std/log";
import type { CreatedRecord } from "../journal/journal-records";
import { isDiskFailure, VolumeError } from "../volume-error";

/** What upkeep that the disk refuses answers; it is tried again later. Bugs are thrown on. */
export function unlessDiskFails<Answer>(log: Log, otherwise: Answer, attempt: () => Answer): Answer {
  try {
    return attempt();
  } catch (error) {
    if (!isDiskFailure(error)) throw error;
    log.warn({ error }, "upkeep of the store was put off");
    return otherwise;
  }
}

/** Answers by volume id. One damaged volume does not hide the others: it is logged and left out. */
export function answerEach<Answer>(
  log: Log,
  volumes: readonly CreatedRecord[],
  answer: (volume: CreatedRecord) => Answer,
): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  for (const volume of volumes)
    try {
      answers.set(volume.volumeId, answer(volume));
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      log.error({ volumeId: volume.volumeId, error }, "a volume cannot be read");
    }
  return answers;
}
