import { join, resolve } from "node:path";
import { readEnv } from "@/lib/env";
import { systemClock } from "@/lib/std/clock";
import { backUp } from "./backup/back-up";
import { restore } from "./backup/restore";
import { ROOT } from "./root";

const say = (sentence: string) => console.log(sentence);

/** `npm run backup` and `npm run restore`, with the same configuration as `npm start`. */
export const COMMANDS = {
  backup: (dir: string): Promise<void> => backUp(resolve(dir), { env: readEnv(), clock: systemClock, say }),
  restore: (dir: string): Promise<void> =>
    restore(resolve(dir), { env: readEnv(), migrationsDir: join(ROOT, "prisma", "migrations"), say }),
};
