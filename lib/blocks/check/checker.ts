import type { Device } from "../device/device";
import type { Catalogue } from "../journal/catalogue";
import { logPath, toSegmentNumbers } from "../log/store-paths";
import { checkIndexed, followIndex } from "./check-index";
import { checkJournal } from "./check-journal";
import { checkLedger, checkPoints, type LogFacts, ownPointsOf, readLedger } from "./check-ledger";
import { CheckReader } from "./check-reader";
import type { Finding } from "./finding";
import { LogCheck } from "./log-check";
import { scanLog } from "./log-scan";
import { Reach } from "./reach";

export interface CheckOptions {
  /** Told now and then how far the check is. */
  readonly onProgress?: (done: CheckProgress) => void;
}

export interface CheckProgress {
  readonly step: "scanning" | "reaching";
  /** How many logs are done, and how many there are. */
  readonly done: number;
  readonly logs: number;
  readonly bytesRead: number;
}

/** What became of the units of a log's segments, their headers left out. */
export interface LogUse {
  readonly units: number;
  /** Needed by a point of a living volume. */
  readonly reached: number;
  readonly freed: number;
}

export interface StoreReport {
  readonly findings: readonly Finding[];
  readonly volumes: number;
  readonly commits: number;
  readonly points: number;
  readonly bytesRead: number;
  readonly logs: ReadonlyMap<number, LogUse>;
}

/** Proves the invariants of a store; an empty list says that all of them hold. Reads only, and needs no keeper. */
export function checkStore(device: Device, storeDir: string, options: CheckOptions = {}): Finding[] {
  return [...inspectStore(device, storeDir, options).findings];
}

/** The same with figures. */
export function inspectStore(device: Device, storeDir: string, options: CheckOptions = {}): StoreReport {
  const check = new StoreCheck(device, storeDir, options);
  try {
    return check.run();
  } finally {
    check.close();
  }
}

// One call in so many points: often enough for a person, too seldom to cost anything.
const POINTS_PER_PROGRESS = 1000;

class StoreCheck {
  readonly #device: Device;
  readonly #storeDir: string;
  readonly #options: CheckOptions;
  readonly #findings: Finding[] = [];
  readonly #reader: CheckReader;
  readonly #facts = new Map<number, LogFacts>();
  readonly #reach: Reach;
  #points = 0;

  constructor(device: Device, storeDir: string, options: CheckOptions) {
    this.#device = device;
    this.#storeDir = storeDir;
    this.#options = options;
    this.#reader = new CheckReader(device, storeDir);
    this.#reach = new Reach({
      reader: this.#reader,
      findings: this.#findings,
      endOf: (log, segment) => this.#facts.get(log)?.scan.ends.get(segment),
      isFreed: (log, segment, unit) => this.#facts.get(log)?.state?.freed.has(segment, unit) ?? false,
    });
  }

  run(): StoreReport {
    const { catalogue, unprovenLog } = checkJournal(this.#device, this.#storeDir, this.#findings);
    const logs = [...catalogue.computeNeededLogs()].sort((a, b) => a - b);
    for (const [done, log] of logs.entries()) {
      this.#tell("scanning", done, logs.length);
      this.#scan(log, { catalogue, isUnproven: log === unprovenLog });
    }
    const facts = [...this.#facts.values()];
    for (const [done, of] of facts.entries()) this.#reachFrom(of, catalogue, { done, logs: facts.length });
    for (const of of facts) this.#checkIndexes(of);
    return this.#report(catalogue, facts);
  }

  close(): void {
    this.#reader.close();
  }

  #scan(log: number, of: { catalogue: Catalogue; isUnproven: boolean }): void {
    const { catalogue } = of;
    const findings: Finding[] = [];
    const isLiving = catalogue.isLiving(log);
    const volumeId = catalogue.findByLog(log)?.volumeId;
    const state = readLedger(this.#device, this.#storeDir, { log, findings });
    const isFreed = (segment: number, unit: number) => state?.freed.has(segment, unit) ?? false;
    const index = { device: this.#device, storeDir: this.#storeDir, findings, log, volumeId, state };
    const follow = (segment: number) => followIndex(index, segment);
    const scan = scanLog(
      { reader: this.#reader, findings, volumeId, isFreed, isLiving, follow },
      log,
      this.#segmentsOf(log),
    );
    // A volume whose making was cut off is nobody's: the next opening takes it back.
    if (of.isUnproven && scan.commits.length === 0) return;
    const facts = { log, volumeId, isLiving, scan, state };
    const parts = { reader: this.#reader, catalogue, findings };
    checkPoints(parts, facts);
    checkLedger(parts, facts);
    this.#findings.push(...findings);
    this.#facts.set(log, facts);
  }

  #reachFrom(facts: LogFacts, catalogue: Catalogue, at: { done: number; logs: number }): void {
    const { volumeId } = facts;
    const check = new LogCheck({ reader: this.#reader, reach: this.#reach, findings: this.#findings, volumeId });
    for (const point of ownPointsOf(facts, catalogue)) {
      if (check.points % POINTS_PER_PROGRESS === 0) this.#tell("reaching", at.done, at.logs);
      check.visit(point);
    }
    check.finish();
    this.#points += check.points;
  }

  #checkIndexes({ log, volumeId, state, scan }: LogFacts): void {
    const parts = { device: this.#device, storeDir: this.#storeDir, findings: this.#findings, log, volumeId, state };
    for (const segment of scan.ends.keys()) checkIndexed(parts, segment, this.#reach);
  }

  #report(catalogue: Catalogue, facts: readonly LogFacts[]): StoreReport {
    return {
      findings: this.#findings,
      volumes: catalogue.living.length,
      commits: facts.reduce((sum, { scan }) => sum + scan.commits.length, 0),
      points: this.#points,
      bytesRead: this.#reader.bytesRead,
      logs: new Map(facts.map((of) => [of.log, this.#useOf(of)])),
    };
  }

  #useOf({ log, scan, state }: LogFacts): LogUse {
    let units = 0;
    for (const end of scan.ends.values()) units += end - 1;
    return { units, reached: this.#reach.unitsIn(log), freed: state?.freed.count ?? 0 };
  }

  #segmentsOf(log: number): number[] {
    return toSegmentNumbers(this.#device.readdir(logPath(this.#storeDir, log)));
  }

  #tell(step: CheckProgress["step"], done: number, logs: number): void {
    this.#options.onProgress?.({ step, done, logs, bytesRead: this.#reader.bytesRead });
  }
}
