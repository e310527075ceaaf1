import { randomBytes } from "node:crypto";

/** A name that no other test takes: all share one product. */
export const newName = (stem: string): string => `${stem}-${randomBytes(3).toString("hex")}`;
