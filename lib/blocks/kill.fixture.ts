import { writeSync } from "node:fs";
import { openVolume, type WriterTicket } from "./index";

/**
 * A child process that writes and commits until it is killed. It says each acknowledged commit on standard output: the commit
 * number, in a line of its own. Commit n leaves every block of the file `/f` beginning with n, and `/n-<n>` as the only marker.
 */
const BLOCK_BYTES = 8192;
const BLOCKS = 5;

const given = JSON.parse(process.argv[2] ?? "{}") as Omit<WriterTicket, "headCell"> & { cell: number[] };
const headCell = new SharedArrayBuffer(given.cell.length * 4);
new Int32Array(headCell).set(given.cell);
const volume = openVolume({ ...given, headCell });
const inode = volume.lookup("/f") ?? volume.create("/f", 0o600);
const block = Buffer.alloc(BLOCK_BYTES, 7);
for (;;) {
  const next = volume.head.commit + 1;
  block.writeUInt32LE(next, 0);
  for (let index = 0; index < BLOCKS; index++) volume.write(inode, block, index * BLOCK_BYTES);
  const marker = volume.readdir(1).find((name) => name.startsWith("n-"));
  if (marker) volume.rename(`/${marker}`, `/n-${next}`);
  else volume.create(`/n-${next}`, 0o600);
  const { commit } = volume.commit();
  writeSync(1, `${commit}\n`);
}
