import type { Statement } from "./plan/unit";

export interface Script {
  readonly heading: readonly string[];
  readonly statements: readonly Statement[];
  /** Statements that lose data are comments. */
  readonly isCareful?: boolean;
}

/**
 * A script for psql or any other client: in one transaction, so that it happens as a whole or not at all. What has to be committed
 * before it can be used comes before, in one of its own.
 */
export function writeScript({ heading, statements, isCareful = false }: Script): string {
  const write = (statement: Statement) => writeStatement(statement, isCareful);
  const ahead = statements.filter(({ isAhead }) => isAhead);
  const rest = statements.filter(({ isAhead }) => !isAhead);
  return [
    ...heading.map((line) => `-- ${line}`.trimEnd()),
    ...(ahead.length ? ["", "BEGIN;", ...ahead.map(write), "COMMIT;"] : []),
    "",
    "BEGIN;",
    "-- Functions may name what is made after them; every name here has its schema.",
    "SET LOCAL check_function_bodies = off;",
    "SET LOCAL search_path = '';",
    "",
    ...rest.map(write),
    "",
    "COMMIT;",
    "",
  ].join("\n");
}

function writeStatement({ text, losesData, isRemark }: Statement, isCareful: boolean): string {
  if (isRemark) return text;
  const whole = `${text};`;
  const ending = text.includes("\n") ? "\n" : "";
  if (!losesData || !isCareful) return whole + ending;
  return ["-- Loses data:", ...whole.split("\n").map((line) => `-- ${line}`)].join("\n") + ending;
}
