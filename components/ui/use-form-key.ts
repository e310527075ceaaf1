"use client";
import { useRef } from "react";
import { newFormKey } from "@/lib/client/form-key";

/**
 * The idempotency key to send with a body: the same as long as the body is, so that a second press, or a press after an
 * answer that got lost, asks for the same thing. `forget` begins a new one, for making another of the same.
 */
export function useFormKey() {
  const last = useRef<{ body: string; key: string }>(undefined);
  const keyFor = (value: object): string => {
    const body = JSON.stringify(value);
    if (last.current?.body !== body) last.current = { body, key: newFormKey() };
    return last.current.key;
  };
  const forget = () => {
    last.current = undefined;
  };
  return { keyFor, forget };
}
