import { SearchX } from "lucide-react";
import { ButtonLink } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

/** The page of what is not there, or not any more. */
export function Gone() {
  return (
    <EmptyState
      icon={<SearchX size={32} aria-hidden />}
      heading="h1"
      title="This service does not exist"
      actions={
        <>
          <ButtonLink href="/bin">Recently deleted</ButtonLink>
          <ButtonLink href="/forks">All forks</ButtonLink>
          <ButtonLink href="/services">All services</ButtonLink>
        </>
      }
    >
      It may have been purged. What was deleted a short while ago is in Recently deleted.
    </EmptyState>
  );
}
