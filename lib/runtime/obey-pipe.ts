/**
 * How a process of ours learns that it should end. Under the supervisor it is the end of the pipe on standard input, which
 * also comes when the supervisor is killed. A Ctrl-C in a terminal reaches the whole process group at once, so signals are
 * ignored there: the supervisor alone decides on the order. On its own (a unit of a service manager) it is the signal.
 */
export function onStopAsked(supervised: boolean, stop: () => void): void {
  if (!supervised) {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
    return;
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
  // The reader of our output may be dead before us; an orderly end must not die of a line that nobody reads.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  process.stdin.once("end", stop).once("error", stop).resume();
}
