"use client";
import { useEffect, useState } from "react";
import { systemClock } from "@/lib/std/clock";

/** Whether a value has stood still for a while: what it stands for is worth asking about. */
export function useSettled(value: string, ms: number): boolean {
  const [settled, setSettled] = useState(value);
  useEffect(() => systemClock.after(ms, () => setSettled(value)), [value, ms]);
  return settled === value;
}
