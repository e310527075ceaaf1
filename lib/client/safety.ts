import { queryOptions } from "@tanstack/react-query";
import { type AllowListDto, allowListBody, type DisarmedDto } from "@/lib/schemas/safety";
import type { ServiceDto } from "@/lib/schemas/service";
import { isWithin, parseCidr } from "@/lib/std/cidr";
import { getJson, type Stamped } from "./http";
import { serviceHref } from "./routes";
import { serviceKeys } from "./services";

export interface SafetyData extends Stamped {
  readonly disarmed: readonly DisarmedDto[];
  readonly allowList: AllowListDto;
  /** What whoever looks may change. */
  readonly may: {
    readonly arm: boolean;
    readonly protect: boolean;
    readonly tag: boolean;
    readonly allowList: boolean;
  };
}

export const safetyKey = (serviceId: string) => [...serviceKeys.detail(serviceId), "safety"] as const;

/** What keeps a service safe, and others safe from it. Asked for anew with the service's page: an operation changes it. */
export const safetyQuery = (serviceId: string) =>
  queryOptions({
    queryKey: safetyKey(serviceId),
    queryFn: ({ signal }) => getJson<SafetyData>(`/data/services/${serviceId}/safety`, signal),
    refetchInterval: 5_000,
  });

/** Somebody protected it, or its tag does. */
export const isProtected = ({ protected_by, metadata }: Pick<ServiceDto, "protected_by" | "metadata">): boolean =>
  protected_by !== null || metadata.environment === "PROD";

/** Where its protection can be ended. */
export const safetyHref = (service: Pick<ServiceDto, "service_id" | "forked_from">): string =>
  `${serviceHref(service)}#safety`;

/** Why it is not deleted now, and what to do about that. */
export const sayProtected = ({ name, protected_by, metadata }: ServiceDto): string =>
  metadata.environment === "PROD"
    ? `${name} is tagged PROD, which protects it. Tag it DEV on its Safety card first.`
    : `${name} was protected by ${protected_by}. End its protection on its Safety card first.`;

export type ListReading =
  | { readonly ok: true; readonly entries: readonly string[]; readonly excludesYou: boolean }
  | { readonly ok: false; readonly problem: string };

/** What is typed into the editor of an allow list: an entry a line, or between commas. */
export function readAllowList(text: string, yourAddress: string | null): ListReading {
  const typed = text.split(/[\s,]+/).filter((entry) => entry !== "");
  const read = allowListBody.safeParse({ allow_list: typed });
  if (!read.success) return { ok: false, problem: read.error.issues[0]?.message ?? "This is no list of addresses." };
  const entries = read.data.allow_list;
  return { ok: true, entries, excludesYou: yourAddress !== null && entries.length > 0 && !holds(entries, yourAddress) };
}

const holds = (entries: readonly string[], address: string): boolean =>
  entries.some((entry) => {
    const cidr = parseCidr(entry);
    return typeof cidr !== "string" && isWithin(cidr, address);
  });

/** The kinds in the order of a card, each with what it is off for. */
export const DISARMED_KINDS: readonly { kind: DisarmedDto["kind"]; title: string; why: string }[] = [
  {
    kind: "job",
    title: "Background jobs",
    why: "They would drop, compress or send what the source's do, on data that you want to look at.",
  },
  { kind: "subscription", title: "Subscriptions", why: "A copy that subscribes takes changes away from its source." },
  { kind: "role_password", title: "Other roles", why: "Passwords of the source's roles do not work here." },
];

/** What it does, when and on what, as far as that is known. */
export const sayDetails = ({ details: { runs, every, on } }: DisarmedDto): string =>
  [runs, every && `every ${every}`, on && `on ${on}`].filter(Boolean).join(", ");
