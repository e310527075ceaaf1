import type { Change, SchemaDiff } from "./diff-schemas";
import { createUnits } from "./plan/create-units";
import { ancestorsOf, type Part, type Parts, rankOf, toParts } from "./plan/part";
import { orderUnits } from "./plan/unit";
import { OBJECT_KINDS, type ObjectKind, type Schema } from "./schema";
import { writeUnifiedDiff } from "./unified-diff";

/** One thing that a person looks at: a table with its columns, constraints, indexes, triggers, comments and grants. */
export interface Described {
  readonly kind: ObjectKind;
  readonly name: string;
  /** Its statements. */
  readonly sql: string;
}

export interface DescribedChange {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly change: Change["change"];
  /** Its statements before and after, as a unified diff without a head. */
  readonly diff: string;
}

export interface Count {
  readonly kind: ObjectKind;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** The objects of a schema that are no parts of others, in the order of a script. */
export function describeSchema(schema: Schema): Described[] {
  const groups = new Groups(schema);
  return [...groups.ids()].map((id) => groups.get(id)).filter((object) => object !== undefined);
}

/** What differs, by the objects that are no parts of others. */
export function describeDiff({ before, after, changes }: SchemaDiff): DescribedChange[] {
  const [old, now] = [new Groups(before), new Groups(after)];
  const ids = new Set(changes.map(({ id }) => now.findRoot(id) ?? old.findRoot(id) ?? id));
  const described = [...ids].flatMap((id) => {
    const [was, is] = [old.get(id), now.get(id)];
    const { kind, name } = is ?? was ?? { kind: undefined, name: "" };
    if (kind === undefined) return [];
    const change = !was ? ("added" as const) : !is ? ("removed" as const) : ("changed" as const);
    return [{ kind, name, change, diff: writeUnifiedDiff(was?.sql ?? "", is?.sql ?? "") }];
  });
  return described.sort(byRank);
}

/** How many of each kind; what comes or goes with something else is not counted beside it. */
export function countChanges({ changes }: SchemaDiff): Count[] {
  const whole = new Set(changes.filter(({ change }) => change !== "changed").map(({ id }) => id));
  const counted = changes.filter(({ of }) => of === undefined || !whole.has(of));
  return OBJECT_KINDS.flatMap((kind) => {
    const count = (change: Change["change"]) =>
      counted.filter((one) => one.kind === kind && one.change === change).length;
    const counts = { kind, added: count("added"), changed: count("changed"), removed: count("removed") };
    return counts.added + counts.changed + counts.removed > 0 ? [counts] : [];
  });
}

function byRank(a: DescribedChange, b: DescribedChange): number {
  const [[rankA, nameA], [rankB, nameB]] = [rankOf(a), rankOf(b)];
  return rankA === rankB ? (nameA < nameB ? -1 : 1) : rankA - rankB;
}

/** The parts of a schema by what they are parts of in the end. */
class Groups {
  readonly #parts: Parts;
  readonly #groups = new Map<string, Part[]>();

  constructor(schema: Schema) {
    this.#parts = toParts(schema);
    const sorted = [...this.#parts.values()].sort((a, b) => rankOf(a)[0] - rankOf(b)[0]);
    for (const part of sorted) {
      const root = ancestorsOf(this.#parts, part).at(-1)?.id ?? part.id;
      this.#groups.set(root, [...(this.#groups.get(root) ?? []), part]);
    }
  }

  ids(): Iterable<string> {
    return this.#groups.keys();
  }

  findRoot(id: string): string | undefined {
    const part = this.#parts.get(id);
    return part && (ancestorsOf(this.#parts, part).at(-1)?.id ?? id);
  }

  get(id: string): Described | undefined {
    const root = this.#parts.get(id);
    if (!root || root.kind === "default") return undefined;
    const units = orderUnits(createUnits(this.#groups.get(id) ?? []));
    const sql = units.flatMap(({ statements }) => statements.map(({ text }) => `${text};`)).join("\n");
    return { kind: root.kind, name: root.name, sql };
  }
}
