import { type Clock, systemClock as realClock } from "@/lib/std/clock";

// Set when the program is bundled (bundle.mjs): the same for all its threads and processes.
declare const FAST_CLOCK: { readonly speed: number; readonly baseMicros: number; readonly startMicros: number };

/**
 * Stands in for the system's clock in a torture's bundle: instants run so many times faster, timers do not. So history grows
 * hours old, is thinned and expires within minutes, and nothing of the product knows. The monotonic clock of the kernel is
 * one for all processes, so a commit's time means the same to whoever reads it, also after a kill.
 */
export const systemClock: Clock = {
  ...realClock,
  nowMicros,
  nowMs: () => Math.floor(nowMicros() / 1000),
};

function nowMicros(): number {
  const { speed, baseMicros, startMicros } = FAST_CLOCK;
  const passed = Number(process.hrtime.bigint() / 1000n) - startMicros;
  return Math.round(baseMicros + passed * speed);
}
