import { TriangleAlert } from "lucide-react";
import Link from "next/link";
import { forkHref } from "@/lib/client/routes";
import { isFailed } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";

/** Why a service failed or is unhealthy, in one line under its row, with the way out. */
export function FailureNote({ service }: { service: ServiceDto }) {
  const reason = service.progress?.error ?? service.status_reason;
  if (!reason || !(isFailed(service) || service.status === "UNSTABLE")) return null;
  return (
    <p className="flex gap-1.5 text-fg-2 text-sm">
      <TriangleAlert size={13} className="mt-[3px] shrink-0 text-danger" aria-hidden />
      <span className="min-w-0 break-words">
        {reason}{" "}
        {isFailed(service) && service.forked_from && !service.forked_from.deleted && (
          <Link
            href={`${forkHref(service.forked_from.name)}&name=${encodeURIComponent(service.name)}`}
            className="text-accent underline underline-offset-4"
          >
            Try again
          </Link>
        )}
      </span>
    </p>
  );
}
