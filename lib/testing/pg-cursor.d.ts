/** The package ships no types; this is what the tests use of it. */
declare module "pg-cursor" {
  import type { Submittable } from "pg";

  class Cursor<Row = unknown> implements Submittable {
    constructor(text: string, values?: unknown[]);
    read(rows: number): Promise<Row[]>;
    close(): Promise<void>;
    submit(connection: unknown): void;
  }
  export = Cursor;
}
