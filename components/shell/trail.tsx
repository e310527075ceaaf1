"use client";
import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { servicesQuery } from "@/lib/client/services";

interface Crumb {
  readonly label: string;
  readonly href?: string;
}

/** The breadcrumb: section, and the service or form within it. */
export function Trail() {
  const pathname = usePathname();
  const services = useQuery(servicesQuery()).data?.services;
  const crumbs = toCrumbs(pathname, (id) => services?.find(({ service_id }) => service_id === id)?.name);
  return (
    <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
      <ol className="flex min-w-0 items-center gap-1.5 text-fg-2">
        {crumbs.map(({ label, href }, index) => (
          <li key={label} className="flex min-w-0 items-center gap-1.5 last:shrink max-sm:not-last:hidden">
            {index > 0 && <ChevronRight size={14} className="shrink-0 text-fg-3 max-sm:hidden" aria-hidden />}
            {href ? (
              <Link href={href} className="rounded-sm hover:text-fg hover:underline hover:underline-offset-4">
                {label}
              </Link>
            ) : (
              <span aria-current="page" className="truncate text-fg">
                {label}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

const SECTIONS: Record<string, string> = {
  services: "Services",
  forks: "Forks",
  snapshots: "Snapshots",
  bin: "Recently deleted",
  activity: "Activity",
  settings: "Settings",
};
const SETTINGS: Record<string, string> = {
  members: "Members",
  keys: "API keys",
  sessions: "Sessions",
  projects: "Projects",
};
/** Pages of one service. */
const PARTS: Record<string, string> = { schema: "Schema" };
const FORMS: Record<string, string> = { services: "Create service", forks: "Fork service" };

function toCrumbs(pathname: string, findName: (id: string) => string | undefined): Crumb[] {
  const [section = "", page, part] = pathname.split("/").filter(Boolean);
  const label = SECTIONS[section] ?? "Offshoot";
  if (!page) return [{ label }];
  if (section === "settings") return [{ label, href: "/settings" }, { label: SETTINGS[page] ?? page }];
  const leaf = page === "new" ? (FORMS[section] ?? page) : (findName(page) ?? page);
  const first = { label, href: `/${section}` };
  if (part === undefined) return [first, { label: leaf }];
  return [first, { label: leaf, href: `/${section}/${page}` }, { label: PARTS[part] ?? part }];
}
