"use client";
import { CircleUser, LogOut } from "lucide-react";
import { useTransition } from "react";
import { buttonStyle } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";

export interface AccountMenuProps {
  name: string;
  signOut: () => Promise<void>;
}

export function AccountMenu({ name, signOut }: AccountMenuProps) {
  const [, startTransition] = useTransition();
  return (
    <Menu
      trigger={
        <button type="button" aria-label="Account" className={cn(buttonStyle({ variant: "ghost", size: "icon" }))}>
          <CircleUser size={18} aria-hidden />
        </button>
      }
    >
      <div className="max-w-64 truncate px-2.5 py-1.5 text-fg-3 text-sm">Signed in as {name}</div>
      <MenuSeparator />
      <MenuItem onClick={() => startTransition(signOut)}>
        <LogOut size={16} aria-hidden />
        Sign out
      </MenuItem>
    </Menu>
  );
}
