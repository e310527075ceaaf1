import type { LogShare } from "../history-types";
import type { Catalogue } from "../journal/catalogue";
import { type LogFacts, ownersOf, pinnedByOne } from "./frees";
import type { Needs } from "./needs";

type Heir = LogShare["heirs"][number];

/** The living volumes that descend through a log, and the bytes of it that are kept for each of them alone. */
export function computeHeirs(
  log: number,
  of: { catalogue: Catalogue; needs: Needs; factsOf(log: number): LogFacts },
): Heir[] {
  const facts = of.factsOf(log);
  const sole = new Map([...ownersOf(of.needs.pointsOf(facts.state))].map((owner) => [owner, 0]));
  for (const { owner, bytes } of pinnedByOne(facts, of.needs, of.catalogue.isLiving(log)))
    sole.set(owner, (sole.get(owner) ?? 0) + bytes);
  return [...sole].flatMap(([owner, soleBytes]) => {
    const volume = of.catalogue.findByLog(owner);
    return volume ? [{ volumeId: volume.volumeId, soleBytes }] : [];
  });
}
