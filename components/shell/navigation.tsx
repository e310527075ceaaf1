"use client";
import { useQuery } from "@tanstack/react-query";
import { Camera, Database, GitFork, Hourglass, ScrollText, Settings, Trash2 } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cn } from "@/components/ui/class-names";
import { binQuery, servicesQuery } from "@/lib/client/services";
import { isFork, isListed } from "@/lib/client/status";
import { Mark } from "./mark";

interface Entry {
  readonly href: string;
  readonly label: string;
  readonly short: string;
  readonly icon: typeof Database;
  readonly count: number | undefined;
}

function useEntries(): Entry[] {
  const services = useQuery(servicesQuery()).data?.services.filter(isListed);
  const bin = useQuery(binQuery()).data?.services;
  const forks = services?.filter(isFork).length;
  return [
    {
      href: "/services",
      label: "Services",
      short: "Services",
      icon: Database,
      count: services && services.length - (forks ?? 0),
    },
    { href: "/forks", label: "Forks", short: "Forks", icon: GitFork, count: forks },
    { href: "/cost/ttl", label: "TTL", short: "TTL", icon: Hourglass, count: undefined },
    { href: "/snapshots", label: "Snapshots", short: "Snapshots", icon: Camera, count: undefined },
    { href: "/bin", label: "Recently deleted", short: "Deleted", icon: Trash2, count: bin?.length },
    { href: "/activity", label: "Activity", short: "Activity", icon: ScrollText, count: undefined },
    { href: "/settings", label: "Settings", short: "Settings", icon: Settings, count: undefined },
  ];
}

const isWithin = (pathname: string, href: string): boolean => pathname === href || pathname.startsWith(`${href}/`);

/** The left rail, from 768 px. */
export function Rail() {
  const pathname = usePathname();
  const entries = useEntries();
  return (
    <nav
      aria-label="Main"
      className="fixed inset-y-0 left-0 z-20 hidden w-[232px] flex-col border-border border-r bg-surface-1 md:flex"
    >
      <Link
        href="/services"
        className="m-3 flex h-9 items-center gap-2 self-start rounded-md px-2 font-semibold text-lg"
      >
        <Mark />
        Offshoot
      </Link>
      <ul className="flex flex-col gap-0.5 px-3">
        {entries.map(({ href, label, icon: Icon, count }) => {
          const current = isWithin(pathname, href);
          return (
            <li key={href}>
              <Link
                href={href}
                aria-current={current ? "page" : undefined}
                className={cn(
                  "touch-target relative flex h-9 items-center gap-2.5 rounded-md px-2.5 text-fg-2 transition-colors duration-100 hover:bg-surface-2 hover:text-fg",
                  current &&
                    "bg-surface-2 font-medium text-fg before:absolute before:inset-y-2 before:left-0 before:w-[3px] before:rounded-full before:bg-accent forced-colors:underline",
                )}
              >
                <Icon size={16} className={cn("shrink-0", current ? "text-accent" : "text-fg-3")} aria-hidden />
                <span className="flex-1">{label} </span>
                <Count count={count} />
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

/** The bottom bar, below 768 px. */
export function BottomBar() {
  const pathname = usePathname();
  const entries = useEntries();
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-20 border-border border-t bg-surface-1 pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      <ul className="flex overflow-x-auto">
        {entries.map(({ href, short, icon: Icon, count }) => {
          const current = isWithin(pathname, href);
          return (
            <li key={href} className="min-w-[72px] flex-1">
              <Link
                href={href}
                aria-current={current ? "page" : undefined}
                className={cn(
                  "flex h-15 flex-col items-center justify-center gap-1 text-fg-2 text-xs focus-visible:-outline-offset-2",
                  current && "font-medium text-accent",
                )}
              >
                <Icon size={18} aria-hidden />
                <span>
                  {short} <Count count={count} />
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function Count({ count }: { count: number | undefined }) {
  return count ? <span className="tabular text-fg-3">{count}</span> : null;
}
