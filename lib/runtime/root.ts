import { fileURLToPath } from "node:url";

/** The checkout: dist/, prisma/ and .next/ lie in it. Everything of this module runs from dist/, one level below. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
