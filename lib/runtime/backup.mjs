// npm run backup -- DIR and npm run restore -- DIR.
import { ensureBuild } from "./build.mjs";

const HELP = {
  backup: `npm run backup -- DIR: a backup of control database, blocks and secrets in DIR, which is new or empty.

Offshoot may run or be stopped; sessions and forks go on, only space is given back later. Control database and blocks are of one
instant. The copy is checked whole before it is called a backup. OFFSHOOT_DATA_DIR and DATABASE_URL as for npm start. DIR holds the
master key and all data: keep it as you keep those.`,
  restore: `npm run restore -- DIR: puts the backup in DIR into OFFSHOOT_DATA_DIR, which must be new, and into the embedded control
database, or the empty one that DATABASE_URL names. Then npm start.`,
};

const [command, ...args] = process.argv.slice(2);
if (args.includes("--help") || args.length !== 1) {
  console.log(HELP[command]);
  process.exitCode = args.includes("--help") ? 0 : 2;
} else {
  try {
    await ensureBuild({ parts: ["client", "engine"] });
    const { COMMANDS } = await import("../../dist/backup.js");
    await COMMANDS[command](args[0]);
    process.exit(0);
  } catch (error) {
    console.error(error.name === "AppError" ? error.message : error);
    process.exit(1);
  }
}
