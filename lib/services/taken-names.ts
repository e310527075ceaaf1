import type { Transaction } from "@/lib/db";
import { AppError } from "@/lib/std/app-error";
import { findFreeName } from "./service-names";
import { isFailed } from "./service-state";

interface NameHolder {
  readonly name: string;
  readonly forkedFrom: { readonly name: string } | null;
}

/** Names in use in a project: of all services that are neither deleted nor failed. The partial unique index says the same. */
export class TakenNames {
  readonly #holders: ReadonlyMap<string, NameHolder>;

  private constructor(holders: readonly NameHolder[]) {
    this.#holders = new Map(holders.map((holder) => [holder.name, holder]));
  }

  static async load(tx: Transaction, projectId: string): Promise<TakenNames> {
    const rows = await tx.service.findMany({
      where: { projectId, deletedAt: null },
      select: { name: true, status: true, forkedFrom: { select: { name: true } } },
    });
    return new TakenNames(rows.filter((row) => !isFailed(row.status)));
  }

  has = (name: string): boolean => this.#holders.has(name);

  /** NAME_TAKEN, with a name that is free, unless `name` is free itself. */
  assertFree(name: string): void {
    const holder = this.#holders.get(name);
    if (!holder) return;
    const suggestion = findFreeName(name, this.has);
    const whose = holder.forkedFrom ? `a fork of ${holder.forkedFrom.name}` : "another service";
    throw new AppError("NAME_TAKEN", `${name} is taken by ${whose}.`, {
      field: "name",
      details: { suggestion },
      fix: [{ label: `Use ${suggestion}`, set: { name: suggestion } }],
    });
  }
}
