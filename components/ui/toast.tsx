"use client";
import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { buttonStyle } from "./button";
import { cn } from "./class-names";

const PLAIN_MS = 5_000;
const UNDO_MS = 10_000;

export interface ToastRequest {
  message: ReactNode;
  action?: { label: string; onPress: () => void };
  /** A failure is said at once. */
  failure?: boolean;
}

/** Shows a toast; hover and focus hold it. Never for what is wrong with a form. */
export function useToast(): (request: ToastRequest) => void {
  const { add, close } = Toast.useToastManager();
  return ({ message, action, failure = false }) => {
    const id = add({
      title: message,
      timeout: action || failure ? UNDO_MS : PLAIN_MS,
      priority: failure ? "high" : "low",
      type: failure ? "failure" : "plain",
      ...(action && {
        actionProps: {
          children: action.label,
          onClick: () => {
            close(id);
            action.onPress();
          },
        },
      }),
    });
  };
}

/** Where toasts live: bottom left, three at most, above the bottom bar of small screens. */
export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider limit={3} timeout={PLAIN_MS}>
      {children}
      <Toast.Portal>
        <Toast.Viewport
          aria-label="Notifications"
          className="fixed bottom-4 left-4 z-50 flex w-[420px] max-w-[calc(100vw-32px)] flex-col gap-2 outline-none max-md:bottom-[76px] md:left-[256px]"
        >
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection={["left", "down"]}
      className={cn(
        "rounded-md border border-border-strong bg-surface-2 text-fg shadow-float transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0 data-limited:hidden",
        toast.type === "failure" && "border-danger",
      )}
    >
      <Toast.Content className="flex items-center gap-3 py-2.5 pr-2 pl-4">
        <Toast.Title render={<div />} className="min-w-0 flex-1 break-words" />
        <Toast.Action className={cn(buttonStyle({ variant: "secondary", size: "sm" }))} />
        <Toast.Close aria-label="Dismiss" className={cn(buttonStyle({ variant: "ghost", size: "iconSm" }))}>
          <X size={14} aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
