"use client";
import { CloudAlert } from "lucide-react";
import { Button, ButtonLink } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { DATABASES_WITHOUT_CONSOLE } from "@/lib/client/failure";

/** In a screen's place when drawing it failed: the control plane is away, or there is a bug. */
export function FailureScreen({ digest, retry }: { digest: string | undefined; retry: () => void }) {
  return (
    <EmptyState
      icon={<CloudAlert size={32} aria-hidden />}
      heading="h1"
      title="This screen could not be loaded"
      actions={
        <>
          <Button variant="primary" onClick={retry}>
            Try again
          </Button>
          <ButtonLink href="/services">Services</ButtonLink>
        </>
      }
    >
      The control plane did not answer, or answered with something unexpected. {DATABASES_WITHOUT_CONSOLE}
      {digest && <span className="mt-2 block font-mono text-fg-3 text-sm">Request id {digest}</span>}
    </EmptyState>
  );
}
