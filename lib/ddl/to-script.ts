import { createUnits } from "./plan/create-units";
import { toParts } from "./plan/part";
import { orderUnits } from "./plan/unit";
import type { Schema } from "./schema";
import { writeScript } from "./write-script";

/** The statements that make this schema in an empty database, in an order that works, in one transaction. */
export function toScript(schema: Schema, heading: readonly string[] = []): string {
  const units = orderUnits(createUnits([...toParts(schema).values()]));
  return writeScript({
    heading: [...heading, ...sayRoles(schema), ...sayLeftOut(schema)],
    statements: units.flatMap(({ statements }) => statements),
  });
}

export const sayRoles = ({ roles }: Schema): string[] =>
  roles.length ? [`These roles have to be there: ${roles.join(", ")}.`] : [];

export const sayLeftOut = ({ leftOut }: Schema): string[] =>
  leftOut.length ? [`Not in here: ${leftOut.map(({ what, count }) => `${what} (${count})`).join(", ")}.`] : [];
