import { standIn } from "../statements/view";
import { createUnits, made } from "./create-units";
import { decideFates, type Fates, usersOf } from "./disturbed";
import { ancestorsOf, type Part, type Parts, rankOf } from "./part";
import { orderUnits, type Statement, type Unit } from "./unit";

/** That nothing of what a part was before stands on anything any more. */
const gone = (id: string): string => `gone ${id}`;

/** The statements that lead from one schema to the other, in an order that works. */
export function planMigration(before: Parts, after: Parts): Statement[] {
  const fates = decideFates(before, after);
  const scene: Scene = { before, after, fates, users: usersOf(before) };
  const created = [...after.values()].filter(({ id }) => fates.added.has(id) || fates.remade.has(id));
  const units = [
    ...dropUnits(scene),
    ...[...fates.altered].map(([id, statements]) => alterUnit(scene, id, statements)),
    ...[...fates.retyped].map((id) => retypeUnit(scene, id)),
    ...createUnits(created).map((unit) => afterItsDrop(unit, fates)),
  ];
  return keepWhatIsKept(orderUnits(units), before);
}

interface Scene {
  readonly before: Parts;
  readonly after: Parts;
  readonly fates: Fates;
  readonly users: ReadonlyMap<string, readonly Part[]>;
}

const isGone = ({ removed, remade }: Fates, id: string) => removed.has(id) || remade.has(id);

/** A unit for each part that is ended by a statement of its own; what goes with it is gone then too. */
function dropUnits(scene: Scene): Unit[] {
  const { before, fates } = scene;
  const ended = [...before.values()].filter(({ id }) => isGone(fates, id));
  const roots = new Map<string, Part[]>();
  for (const part of ended) {
    const { id } = findDropped(part, scene);
    roots.set(id, [...(roots.get(id) ?? []), part]);
  }
  return [...roots].map(([id, members]) => {
    const root = before.get(id) as Part;
    const unit = dropUnit(scene, root, members);
    return { ...unit, split: () => splitDrop(scene, root, members) };
  });
}

function dropUnit({ users }: Scene, root: Part, members: readonly Part[]): Unit {
  const own = new Set(members.map(({ id }) => id));
  const others = members.flatMap(({ id }) => users.get(id) ?? []).filter(({ id }) => !own.has(id));
  return {
    rank: [0, -rankOf(root)[0], root.name],
    provides: members.map(({ id }) => gone(id)),
    needs: new Set(others.map(({ id }) => gone(id))),
    statements: writeDrop(root),
  };
}

/** What of a table may stand on something that stands on the table goes first; a view becomes one that stands on nothing. */
function splitDrop(scene: Scene, root: Part, members: readonly Part[]): Unit[] {
  const { object } = root;
  if (object.kind === "view") {
    const text = standIn(object).replace(/^CREATE VIEW/, "CREATE OR REPLACE VIEW");
    const empty = { ...dropUnit(scene, root, members), needs: new Set<string>(), statements: [{ text }] };
    return [empty, { ...dropUnit(scene, root, members), provides: [gone(`${root.id}, all of it`)] }];
  }
  const isAlone = ({ kind }: Part) => kind === "default" || kind === "constraint";
  const first = members.filter((part) => part !== root && isAlone(part));
  const rest = members.filter((part) => !first.includes(part));
  return [...first.map((part) => dropUnit(scene, part, [part])), dropUnit(scene, root, rest)];
}

/** The part with whose end this one ends. A foreign key holds the table that it leads to, so it goes by itself if that goes. */
function findDropped(part: Part, { before, fates }: Scene): Part {
  const parents = ancestorsOf(before, part).filter(({ id }) => isGone(fates, id));
  const holds = part.kind === "foreign key" && part.needs.some((need) => need !== part.of && isGone(fates, need));
  return holds ? part : (parents.at(-1) ?? part);
}

function losesData({ kind, object }: Part): boolean {
  if (object.kind === "column")
    return kind === "column" && object.facts.generated === null && object.facts.inherited === null;
  return kind === "table" || kind === "continuous aggregate";
}

function writeDrop(part: Part): Statement[] {
  const { kind, name, drop } = part;
  if (kind === "hypertable")
    return [{ text: `-- ${name} cannot stop being a hypertable: copy it to a new table`, isRemark: true }];
  return drop ? [{ text: drop, losesData: losesData(part) }] : [];
}

function alterUnit({ before, after, fates, users }: Scene, id: string, statements: readonly string[]): Unit {
  const [old, now] = [before.get(id) as Part, after.get(id) as Part];
  const enders = (users.get(id) ?? []).filter((user) => isGone(fates, user.id));
  const isAhead = now.kind === "enum";
  return {
    rank: [1, ...rankOf(now)],
    provides: [made(id), ...(old.needs.some((need) => !now.needs.includes(need)) ? [gone(id)] : [])],
    needs: new Set([...now.needs.map(made), ...enders.map((user) => gone(user.id))]),
    statements: statements.map((text) => ({ text, isAhead })),
  };
}

/** The type under another name, the new one, each column moved over by its text, and the old one is gone. */
function retypeUnit({ after, users }: Scene, id: string): Unit {
  const type = after.get(id) as Part;
  const aside = `${type.name.replace(/"?$/, "")}__before${type.name.endsWith('"') ? '"' : ""}`;
  const words = type.kind === "domain" ? "DOMAIN" : "TYPE";
  const columns = (users.get(id) ?? []).filter(
    (user) => after.get(user.id)?.needs.includes(id) && user.kind === "column",
  );
  const moves = columns.flatMap((column) => moveColumn(after.get(column.id) as Part));
  const enders = [id, ...columns.map((column) => column.id)].flatMap((one) => users.get(one) ?? []);
  return {
    rank: [1, ...rankOf(type)],
    provides: [made(id), ...columns.map((column) => made(column.id))],
    needs: new Set([
      ...type.needs.map(made),
      ...enders.filter((user) => !columns.includes(user)).map((user) => gone(user.id)),
    ]),
    statements: [
      `ALTER ${words} ${type.name} RENAME TO ${aside.slice(aside.lastIndexOf(".") + 1)}`,
      type.create,
      ...moves,
      `DROP ${words} ${aside}`,
    ].map((text) => ({ text })),
  };
}

function moveColumn({ object }: Part): string[] {
  if (object.kind !== "column") return [];
  const { table, column, type, storage } = object.facts;
  const text = type.endsWith("[]") ? "text[]" : "text";
  const alter = `ALTER TABLE ${table} ALTER COLUMN ${column}`;
  const move = `${alter} TYPE ${type} USING ${column}::${text}::${type}`;
  return storage === null ? [move] : [move, `${alter} SET STORAGE ${storage}`];
}

function afterItsDrop(unit: Unit, { remade }: Fates): Unit {
  const ids = unit.provides.map((token) => token.replace(/^made /, "")).filter((id) => remade.has(id));
  const { split } = unit;
  return {
    ...unit,
    needs: new Set([...unit.needs, ...ids.map(gone)]),
    ...(split && { split: () => split().map((part) => afterItsDrop(part, { remade } as Fates)) }),
  };
}

/**
 * Where a statement that loses data is a comment, what it would have ended stays, so all that this stands on stays too, and what would
 * have come in its place cannot.
 */
function keepWhatIsKept(units: readonly Unit[], before: Parts): Statement[] {
  const kept = new Set(units.filter(({ statements }) => statements.some((one) => one.losesData)));
  const ids = (unit: Unit, word: string) =>
    unit.provides.filter((token) => token.startsWith(word)).map((token) => token.slice(word.length));
  const enderOf = new Map(units.flatMap((unit) => ids(unit, "gone ").map((id) => [id, unit] as const)));
  for (const unit of kept)
    for (const need of ids(unit, "gone ").flatMap((id) => before.get(id)?.needs ?? [])) {
      const ender = enderOf.get(need);
      if (ender && ender.rank[0] === 0) kept.add(ender);
    }
  const stays = new Set([...kept].flatMap((unit) => ids(unit, "gone ")));
  const isInPlace = (unit: Unit) => unit.rank[0] === 1 && ids(unit, "made ").some((id) => stays.has(id));
  return units.flatMap((unit) =>
    unit.statements.map((one) => (kept.has(unit) || isInPlace(unit) ? { ...one, losesData: true } : one)),
  );
}
