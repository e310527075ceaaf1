import type { DamageDto, DamagesDto, WindowDto } from "@/lib/schemas/history";
import type { ServiceDto } from "@/lib/schemas/service";
import { formatMicros, parseMicros } from "@/lib/std/micros";
import { sayNumber } from "./moment";
import { forkHref, serviceHref, snapshotForkHref } from "./routes";

export interface DamageAdvice {
  readonly sentence: string;
  readonly link: { readonly label: string; readonly href: string } | undefined;
}

// A banner names what a person can look into; the API lists the rest.
const NAMED = 3;

/** The newest damaged places, and how many more there are. */
export const selectDamages = ({ damages, count }: DamagesDto): { named: readonly DamageDto[]; more: number } => ({
  named: damages.slice(0, NAMED),
  more: Math.max(0, count - NAMED),
});

/** `1 damaged place was found on the disk.` */
export const sayDamaged = (count: number): string =>
  count === 1 ? "A damaged place was found on the disk." : `${sayNumber(count)} damaged places were found on the disk.`;

/** `block 12 of /base/5/2619` */
export function nameDamage({ path, block, log, segment, unit }: DamageDto): string {
  const place = `(log ${log}, segment ${segment}, unit ${unit})`;
  if (path !== null) return block === null ? `the map of ${path} ${place}` : `block ${sayNumber(block)} of ${path}`;
  return block === null
    ? `a map or a commit record ${place}`
    : `block ${sayNumber(block)} of a file without a name ${place}`;
}

/** What to do about it, with the newest moment from before the damage where one is kept. */
export function adviseOnDamage(
  service: ServiceDto,
  { damages, count }: DamagesDto,
  window: WindowDto | undefined,
): DamageAdvice {
  if (damages.some(({ inherited }) => inherited)) return adviseOnInherited(service);
  const commits = damages.map(({ commit }) => commit);
  const first = Math.min(...commits.map((commit) => commit ?? 0));
  const time = damages.find(({ commit }) => commit === first)?.commit_time;
  const isKnown = window && first > 0 && count === damages.length;
  if (isKnown && time && time > window.earliest) {
    const at = encodeURIComponent(justBefore(time));
    const href = `${forkHref(service.name)}&strategy=PITR&at=${at}`;
    return { sentence: WHOLE_BEFORE, link: { label: "Fork the moment before", href } };
  }
  const snapshot = isKnown ? window.snapshots.find(({ commit }) => commit < first) : undefined;
  if (snapshot) {
    const href = snapshotForkHref(service.name, snapshot.id);
    return { sentence: WHOLE_BEFORE, link: { label: `Fork snapshot ${snapshot.name}`, href } };
  }
  return { sentence: NOTHING_BEFORE, link: undefined };
}

const WHOLE_BEFORE =
  "What was kept before the damaged block was written is whole: fork that, check it and go on there.";
const NOTHING_BEFORE =
  "No kept moment is known to be from before it. Save what can be read with pg_dump, and restore the rest from a backup of your own.";

function adviseOnInherited({ forked_from: source }: ServiceDto): DamageAdvice {
  if (!source || source.deleted) return { sentence: NOTHING_BEFORE, link: undefined };
  return {
    sentence: `It was written by ${source.name} or a service that this one comes from. Look there for a moment from before it.`,
    link: { label: `Open ${source.name}`, href: serviceHref({ service_id: source.service_id, forked_from: null }) },
  };
}

const justBefore = (time: string): string => formatMicros((parseMicros(time) ?? 0) - 1);
