"use client";
import { AlertDialog } from "@base-ui/react/alert-dialog";
import type { ReactNode, RefObject } from "react";

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** Facts and fields. */
  children: ReactNode;
  /** Buttons, the least destructive first. */
  actions: ReactNode;
  /** What has the focus at first: the least destructive choice, or the field to fill. */
  initialFocus: RefObject<HTMLElement | null>;
  /** What gets the focus when the invoker may be gone by then. */
  finalFocus?: () => HTMLElement | null;
}

/** A question that must be answered, with its facts. Escape is the safe answer. */
export function ConfirmDialog({ open, onOpenChange, title, children, actions, ...focus }: ConfirmDialogProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-40 bg-backdrop transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <AlertDialog.Popup
          initialFocus={focus.initialFocus}
          finalFocus={focus.finalFocus ?? true}
          className="-translate-x-1/2 -translate-y-1/2 fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-32px)] w-[480px] max-w-[calc(100vw-32px)] flex-col gap-4 overflow-y-auto rounded-lg border border-border bg-surface-1 p-5 shadow-float transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0"
        >
          <AlertDialog.Title className="text-balance break-words font-semibold text-lg">{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className="flex flex-col gap-4 text-fg-2">
            {children}
          </AlertDialog.Description>
          <div className="mt-1 flex flex-wrap justify-end gap-2">{actions}</div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
