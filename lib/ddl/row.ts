import type { ObjectKind } from "./schema";

/** What a query answers for an object. Addresses are a catalogue, an oid, and after a dot the number of a column. */
export interface Row {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly at?: string;
  readonly of?: string | null;
  readonly needs?: readonly string[] | null;
  readonly create?: string;
  readonly drop?: string;
  readonly facts?: unknown;
  readonly roles?: readonly string[] | null;
}
