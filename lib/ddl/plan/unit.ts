/** A statement, or several that belong together. */
export interface Statement {
  readonly text: string;
  /** Rows, or values that were computed of rows which may be gone. */
  readonly losesData?: boolean;
  /** It has to be committed before anything may use it. */
  readonly isAhead?: boolean;
  /** Not a statement at all: something that a person has to know. */
  readonly isRemark?: boolean;
}

/** A step of a plan: comes after all units that provide what it needs. What nobody provides is there. */
export interface Unit {
  readonly rank: readonly [phase: number, kind: number, name: string];
  readonly provides: readonly string[];
  readonly needs: ReadonlySet<string>;
  readonly statements: readonly Statement[];
  /** The same in more steps that need less each: taken where units need each other in a circle. */
  readonly split?: () => Unit[];
}

/** An order in which each unit comes after what it needs; between units that need nothing of each other the rank decides. */
export function orderUnits(units: readonly Unit[]): Unit[] {
  const waiting = [...units].sort(byRank);
  const ordered: Unit[] = [];
  while (waiting.length > 0) {
    const open = countProvided(waiting);
    const done = takeReady(waiting, open);
    ordered.push(...done);
    if (done.length === 0) breakCircle(waiting, ordered);
  }
  return ordered;
}

function countProvided(units: readonly Unit[]): Map<string, number> {
  const open = new Map<string, number>();
  for (const { provides } of units) for (const token of provides) open.set(token, (open.get(token) ?? 0) + 1);
  return open;
}

/** Takes all that can be done now, each as soon as it can, and lowest ranks first. */
function takeReady(waiting: Unit[], open: Map<string, number>): Unit[] {
  const users = new Map<string, Unit[]>();
  const missing = new Map<Unit, number>();
  for (const unit of waiting) {
    const needed = [...unit.needs].filter((token) => open.has(token) && !isOnlyOwn(unit, token, open));
    missing.set(unit, needed.length);
    for (const token of needed) users.set(token, [...(users.get(token) ?? []), unit]);
  }
  const ready = new Heap(waiting.filter((unit) => missing.get(unit) === 0));
  const done: Unit[] = [];
  for (let unit = ready.take(); unit; unit = ready.take()) {
    done.push(unit);
    for (const token of unit.provides) {
      const left = (open.get(token) ?? 0) - 1;
      open.set(token, left);
      if (left > 0) continue;
      for (const user of users.get(token) ?? []) {
        const count = (missing.get(user) ?? 0) - 1;
        missing.set(user, count);
        if (count === 0) ready.add(user);
      }
    }
  }
  const isDone = new Set(done);
  waiting.splice(0, waiting.length, ...waiting.filter((unit) => !isDone.has(unit)));
  return done;
}

const isOnlyOwn = ({ provides }: Unit, token: string, open: ReadonlyMap<string, number>) =>
  provides.includes(token) && open.get(token) === 1;

/** Splits what is in a circle; where nothing of it can be split, its lowest rank goes first, whatever it needs. */
function breakCircle(waiting: Unit[], ordered: Unit[]): void {
  const circle = new Set(findCircle(waiting));
  const isSplit = [...circle].some(({ split }) => split);
  const [first] = waiting.filter((unit) => circle.has(unit));
  if (!isSplit && first) ordered.push(first);
  const rest = waiting.flatMap((unit) => {
    if (!circle.has(unit)) return [unit];
    return isSplit ? (unit.split?.() ?? [unit]) : unit === first ? [] : [unit];
  });
  waiting.splice(0, waiting.length, ...rest.sort(byRank));
}

/** Units each of which needs the next, and the last the first. There is one, since none can be done. */
function findCircle(waiting: readonly Unit[]): Unit[] {
  const providers = new Map(waiting.flatMap((unit) => unit.provides.map((token) => [token, unit] as const)));
  const path: Unit[] = [];
  for (let unit = waiting[0]; unit; ) {
    if (path.includes(unit)) return path.slice(path.indexOf(unit));
    path.push(unit);
    const from = unit;
    unit = [...from.needs].map((token) => providers.get(token)).find((one) => one !== undefined && one !== from);
  }
  return path;
}

function byRank({ rank: a }: Unit, { rank: b }: Unit): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] !== b[1]) return a[1] - b[1];
  return a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0;
}

/** Units by rank, the lowest first. */
class Heap {
  readonly #units: Unit[];

  /** Units that are in order already. */
  constructor(sorted: Unit[]) {
    this.#units = sorted;
  }

  add(unit: Unit): void {
    let [low, high] = [0, this.#units.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byRank(this.#units[middle] as Unit, unit) <= 0) low = middle + 1;
      else high = middle;
    }
    this.#units.splice(low, 0, unit);
  }

  take(): Unit | undefined {
    return this.#units.shift();
  }
}
