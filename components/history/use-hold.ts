"use client";
import { useEffect, useState } from "react";
import { releaseHold, renewHold, takeHold } from "@/lib/client/history";
import type { HoldDto } from "@/lib/schemas/history";
import { type CancelTimer, systemClock } from "@/lib/std/clock";

export interface HoldState {
  readonly hold?: HoldDto;
  /** Why nothing is held; the choice stands all the same. */
  readonly problem?: string;
}

// A lease is ten minutes: two renewals may fail before it ends.
const RENEW_MS = 180_000;

/** Keeps a commit while it is chosen and the page is looked at; lets go of it when another is chosen or the page is left. */
export function useHold(serviceId: string | undefined, commit: number | undefined): HoldState {
  const [state, setState] = useState<HoldState>({});
  useEffect(() => {
    if (serviceId === undefined || commit === undefined) return;
    const kept = new KeptCommit(serviceId, commit, setState);
    const onVisible = () => document.visibilityState === "visible" && kept.keep();
    const onLeave = () => kept.release();
    kept.keep();
    document.addEventListener("visibilitychange", onVisible);
    window.addEventListener("pagehide", onLeave);
    window.addEventListener("pageshow", onVisible);
    return () => {
      document.removeEventListener("visibilitychange", onVisible);
      window.removeEventListener("pagehide", onLeave);
      window.removeEventListener("pageshow", onVisible);
      kept.end();
      setState({});
    };
  }, [serviceId, commit]);
  return state.hold && state.hold.commit !== commit ? {} : state;
}

/** One commit's hold: taken, renewed, taken again when it has ended, and given back. */
class KeptCommit {
  readonly #serviceId: string;
  readonly #commit: number;
  readonly #tell: (state: HoldState) => void;
  #holdId: string | undefined;
  #cancelTimer: CancelTimer | undefined;
  #busy = false;
  #ended = false;

  constructor(serviceId: string, commit: number, tell: (state: HoldState) => void) {
    this.#serviceId = serviceId;
    this.#commit = commit;
    this.#tell = tell;
  }

  /** Takes or renews it, and again before the lease ends while somebody looks. */
  async keep(): Promise<void> {
    if (this.#busy || this.#ended) return;
    this.#busy = true;
    this.#cancelTimer?.();
    try {
      const { hold } = await this.#take();
      this.#holdId = hold.id;
      if (this.#ended) return this.release();
      this.#tell({ hold });
    } catch (error) {
      if (!this.#ended) this.#tell({ problem: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#busy = false;
    }
    if (!this.#ended)
      this.#cancelTimer = systemClock.after(RENEW_MS, () => document.visibilityState === "visible" && void this.keep());
  }

  async #take() {
    if (this.#holdId === undefined) return takeHold(this.#serviceId, this.#commit);
    const holdId = this.#holdId;
    // It may have ended while the page lay in the background.
    return renewHold(this.#serviceId, holdId).catch(() => takeHold(this.#serviceId, this.#commit));
  }

  release(): void {
    this.#cancelTimer?.();
    if (this.#holdId !== undefined) releaseHold(this.#serviceId, this.#holdId);
    this.#holdId = undefined;
  }

  end(): void {
    this.#ended = true;
    this.release();
  }
}
