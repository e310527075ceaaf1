"use client";
import { Copy, Ellipsis, GitFork, Plug, Trash2 } from "lucide-react";
import { ChangeItems } from "@/components/changes/change-items";
import { useAnnounce } from "@/components/ui/announcer";
import { buttonStyle } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "@/components/ui/menu";
import { useToast } from "@/components/ui/toast";
import { copyText } from "@/lib/client/clipboard";
import { forkHref, serviceHref } from "@/lib/client/routes";
import { isFork } from "@/lib/client/status";
import type { ServiceDto } from "@/lib/schemas/service";
import { useDeletion } from "./deletion";

export interface ServiceMenuProps {
  service: ServiceDto;
  /** After a deletion, when the row has gone. */
  onGone?: () => void;
  /** On the service's own page, where it stands. */
  here?: boolean;
}

/** What can be done with one service, from its row or its page. */
export function ServiceMenu({ service, onGone, here = false }: ServiceMenuProps) {
  const requestDeletion = useDeletion();
  const announce = useAnnounce();
  const toast = useToast();
  const kind = isFork(service) ? "fork" : "service";

  async function copyId() {
    if (await copyText(service.service_id)) announce("Copied");
    else toast({ message: `The browser refused to copy. The id is ${service.service_id}.`, failure: true });
  }

  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={`More for ${service.name}`}
          className={cn(
            buttonStyle({ variant: "ghost", size: here ? "icon" : "iconSm" }),
            here && "border border-border-strong",
          )}
        >
          <Ellipsis size={16} aria-hidden />
        </button>
      }
    >
      {!here && (
        <MenuLink href={`${serviceHref(service)}#connect`}>
          <Plug size={16} aria-hidden />
          Connect
        </MenuLink>
      )}
      <MenuLink href={forkHref(service.name)}>
        <GitFork size={16} aria-hidden />
        {isFork(service) ? "Fork this fork" : "Fork service"}
      </MenuLink>
      <MenuItem onClick={copyId}>
        <Copy size={16} aria-hidden />
        Copy id
      </MenuItem>
      <MenuSeparator />
      <ChangeItems service={service} />
      <MenuSeparator />
      <MenuItem danger onClick={() => requestDeletion({ service, ...(onGone && { onGone }) })}>
        <Trash2 size={16} aria-hidden />
        Delete {kind}
      </MenuItem>
    </Menu>
  );
}
