import type { MessagePort } from "node:worker_threads";
import { systemClock } from "@/lib/std/clock";
import type { WorkerMessage, WorkerSetup } from "../protocol";
import { proveCancel } from "./backend";
import { describeFailure } from "./failure";
import { LastLines } from "./last-lines";
import { findForeignSettings, readParameters } from "./parameters";
import { ServiceLoop, StopRequested } from "./service-loop";
import type { Post, StartedCompute } from "./start";
import { startCompute } from "./start";
import { completeTemplate, execute, initialise } from "./template-work";

/**
 * One compute, from its birth to its end. It warms up as far as it can without knowing its volume, waits for its task, and
 * ends with one message: `done`, or `failed` without having committed anything since its last answer.
 */
export async function runWorker(setup: WorkerSetup, port: MessagePort): Promise<void> {
  const post = (message: WorkerMessage) => port.postMessage(message);
  const printed = new LastLines();
  try {
    const compute = await startCompute(setup, { port, post, print: (line) => printed.add(line) });
    if (compute.task.work === "serve") serve(compute, post, () => printed.close());
    else makeTemplate(compute);
    post({ kind: "done" });
  } catch (error) {
    if (error instanceof StopRequested) post({ kind: "done" });
    else post({ kind: "failed", ...describeFailure(error, printed.lines) });
  }
  port.close();
}

/** `onReady`: from then on it is clients who speak. */
function serve(compute: StartedCompute, post: Post, onReady: () => void) {
  const { image, task, backend, journal, native, volume, channel } = compute;
  for (const [name, value] of Object.entries({ ...image.defaults, ...task.settings })) native.setDefault(name, value);
  for (const statement of image.sessionSetup) execute(backend, statement);
  proveCancel(backend, native);
  const parameters = readParameters(backend, image);
  const foreignSettings = findForeignSettings(backend, image);
  journal.commitIfPromised();
  compute.watchTransactions();
  onReady();
  post({ kind: "ready", cancelFlags: native.cancelFlags(), parameters, foreignSettings });
  new ServiceLoop({ backend, journal, volume, channel, clock: systemClock, post }).run();
  volume.close();
}

function makeTemplate({ image, task, backend, journal, volume }: StartedCompute): void {
  if (task.work === "initialise") initialise(backend, volume, image);
  else completeTemplate(backend, image);
  execute(backend, "CHECKPOINT");
  journal.commit();
  volume.close();
}
