import { expect, test } from "vitest";
import type { Clock } from "@/lib/std/clock";
import { ServerClock } from "./server-clock";

class HandClock implements Clock {
  ms = 10_250;
  timers: { at: number; fire: () => void }[] = [];
  nowMs = () => this.ms;
  nowMicros = () => this.ms * 1000;
  monotonicMs = () => this.ms;
  sleep = () => Promise.resolve();
  after(delayMs: number, fire: () => void) {
    const timer = { at: this.ms + delayMs, fire };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }
  advance(toMs: number) {
    this.ms = toMs;
    const due = this.timers.filter(({ at }) => at <= toMs);
    this.timers = this.timers.filter(({ at }) => at > toMs);
    for (const { fire } of due) fire();
  }
}

test("the server's time corrects the browser's", () => {
  const clock = new HandClock();
  const server = new ServerClock(clock);
  server.correct(new Date(57_250).toISOString());
  expect(server.nowMs()).toBe(57_250);
  expect(server.offsetMs).toBe(47_000);
});

test("an answer without a readable time changes nothing", () => {
  const server = new ServerClock(new HandClock());
  server.correct("later");
  expect(server.offsetMs).toBe(0);
});

test("all listeners hear of a whole second at once, and the timer ends with the last of them", () => {
  const clock = new HandClock();
  const server = new ServerClock(clock);
  const heard: string[] = [];
  const leaveA = server.subscribe(() => heard.push(`a${server.tickMs}`));
  const leaveB = server.subscribe(() => heard.push(`b${server.tickMs}`));
  clock.advance(11_000);
  expect(heard).toEqual(["a11000", "b11000"]);
  leaveA();
  clock.advance(12_000);
  expect(heard).toEqual(["a11000", "b11000", "b12000"]);
  leaveB();
  expect(clock.timers).toEqual([]);
});
