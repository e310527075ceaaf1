import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "@/lib/std/app-error";

const manifest = z.strictObject({
  /** Of this directory's layout. */
  format: z.literal(1),
  /** The instant at which control database and journal are one. */
  takenAt: z.string(),
  /** What the control database had of prisma/migrations. */
  migrations: z.array(z.string()),
  /** In an order in which they can be filled. */
  tables: z.array(z.strictObject({ name: z.string(), columns: z.array(z.string()), rows: z.number().int() })),
});
/** What a backup says of itself, in `backup.json`. Written last: a directory without it is no backup. */
export type Manifest = Readonly<z.infer<typeof manifest>>;

const fileIn = (dir: string): string => join(dir, "backup.json");

export const writeManifest = (dir: string, of: Manifest): Promise<void> =>
  writeFile(fileIn(dir), `${JSON.stringify(of, undefined, 2)}\n`, { mode: 0o600, flag: "wx", flush: true });

export async function readManifest(dir: string): Promise<Manifest> {
  const text = await readFile(fileIn(dir), "utf8").catch((cause) => {
    throw new AppError("INVALID_REQUEST", `${dir} is no backup: it has no backup.json, which is written last.`, {
      cause,
    });
  });
  const parsed = manifest.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new AppError("INVALID_REQUEST", `${fileIn(dir)} was written by another version. Restore it with that one.`);
}
