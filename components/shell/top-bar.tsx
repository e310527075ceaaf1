import Link from "next/link";
import { AccountMenu, type AccountMenuProps } from "./account-menu";
import { Mark } from "./mark";
import { ThemeMenu } from "./theme-menu";
import { Trail } from "./trail";
import { ZoneSwitch } from "./zone-switch";

/** Where one is on the left, what holds for the whole console on the right. */
export function TopBar(account: AccountMenuProps) {
  return (
    <header className="sticky top-0 z-20 border-border border-b bg-bg">
      <div className="flex h-13 pointer-coarse:h-15 items-center gap-2 px-4 md:px-6">
        <Link href="/services" aria-label="Offshoot" className="-ml-1 rounded-sm p-1 md:hidden">
          <Mark />
        </Link>
        <Trail />
        <ZoneSwitch />
        <ThemeMenu />
        <AccountMenu {...account} />
      </div>
    </header>
  );
}
