"use client";
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { copyText } from "@/lib/client/clipboard";
import { systemClock } from "@/lib/std/clock";
import { useAnnounce } from "./announcer";
import { Button, type ButtonProps } from "./button";

const COPIED_MS = 2_000;

export interface CopyButtonProps extends Omit<ButtonProps, "onClick" | "children"> {
  /** What is copied, or where it comes from when it must be fetched at the press. Undefined copies nothing. */
  text: string | (() => Promise<string | undefined>);
  /** The words on the button: verb and object. */
  label: string;
  /** Only the icon is drawn; the label stays its name. */
  iconOnly?: boolean;
}

/** Copies, and says so on itself for two seconds and to a screen reader once. */
export function CopyButton({ text, label, iconOnly = false, ...rest }: CopyButtonProps) {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  const announce = useAnnounce();

  async function copy() {
    const value = typeof text === "string" ? text : await text();
    if (value === undefined) return;
    const copied = await copyText(value);
    setState(copied ? "copied" : "refused");
    announce(copied ? "Copied" : "The browser refused to copy. Select the text instead.");
    systemClock.after(COPIED_MS, () => setState("idle"));
  }

  const words = state === "copied" ? "Copied" : state === "refused" ? "Not copied" : label;
  return (
    <Button
      size={iconOnly ? "iconSm" : "sm"}
      variant={iconOnly ? "ghost" : "secondary"}
      {...rest}
      onClick={copy}
      aria-label={iconOnly ? words : undefined}
      title={iconOnly ? label : undefined}
    >
      {state === "copied" ? <Check size={14} className="text-ok" aria-hidden /> : <Copy size={14} aria-hidden />}
      {!iconOnly && words}
    </Button>
  );
}
