"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/class-names";
import { PageHeader } from "@/components/ui/page-header";

const PAGES = [
  { href: "/settings/policy", label: "Policy" },
  { href: "/settings/members", label: "Members" },
  { href: "/settings/keys", label: "API keys" },
  { href: "/settings/sessions", label: "Sessions" },
  { href: "/settings/projects", label: "Projects" },
];

/** What stands around every page of the settings. */
export function SettingsFrame({ project, children }: { project: string; children: ReactNode }) {
  const pathname = usePathname();
  return (
    <>
      <PageHeader title="Settings" summary={project} />
      <nav aria-label="Settings" className="mb-6 overflow-x-auto border-border border-b">
        <ul className="flex gap-1">
          {PAGES.map(({ href, label }) => (
            <li key={href}>
              <Link
                href={href}
                aria-current={pathname === href ? "page" : undefined}
                className={cn(
                  "touch-target flex h-9 items-center whitespace-nowrap border-transparent border-b-2 px-3 text-fg-2 hover:text-fg focus-visible:-outline-offset-2",
                  pathname === href && "border-accent font-medium text-fg",
                )}
              >
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="flex max-w-[880px] flex-col gap-6">{children}</div>
    </>
  );
}
