import { randomBytes } from "node:crypto";
import type { Device } from "./device";
import { replaceOrFindRoom } from "./replace-file";

/** What a piece of the reserve is asked for. */
export interface Loan {
  /** The name that it gets; a file that has it goes. */
  readonly path: string;
  readonly bytes: number;
  /** Only a piece of just so many bytes, so that what is left of it does not go to somebody else. */
  readonly isExact?: boolean;
}

interface Piece {
  readonly path: string;
  readonly bytes: number;
}

/** Written between two requests to the keeper. */
const BYTES_PER_STEP = 1 << 20;
const PIECE_NAME = /^([1-9]\d*)\.\d+$/;

const reservePath = (storeDir: string): string => `${storeDir}/reserve`;

/**
 * Room that the store has on the disk before it is needed: files that were written, not holes, named `<bytes>.<number>`. On a
 * full disk nothing could be given back without it, since what allows to unlink a file has to be written first. A piece gets
 * the name that it is wanted for and is written over in place, so nobody else can take its blocks meanwhile. Several threads
 * may ask at a time. False when there is none.
 */
export function lend(device: Device, storeDir: string, loan: Loan): boolean {
  const pieces = list(device, storeDir);
  const fitting = pieces.filter(({ bytes }) => (loan.isExact ? bytes === loan.bytes : bytes >= loan.bytes));
  if (fitting.some((piece) => give(device, storeDir, { piece, loan }))) return true;
  return !loan.isExact && lendSeveral(device, storeDir, { pieces, loan });
}

/** `replaceFile` on a disk that may be full. Only for what leads to giving space back. */
export function replaceInReserve(
  device: Device,
  storeDir: string,
  { path, content }: { path: string; content: Uint8Array },
): void {
  const findRoom = (temporary: string) => lend(device, storeDir, { path: temporary, bytes: content.length });
  replaceOrFindRoom(device, { path, content, findRoom });
}

/**
 * Gives a piece that holds so many bytes back to the disk, for what cannot be written over it in place; false when there is
 * none. Whoever writes next may take its blocks.
 */
export function release(device: Device, storeDir: string, bytes: number): boolean {
  const fitting = list(device, storeDir).filter((piece) => piece.bytes >= bytes);
  return fitting.some((piece) => unlessGone(() => device.unlink(piece.path)));
}

/** At opening: removes what was not made to its end, and pieces of sizes that are not wanted any more. */
export function tidyReserve(device: Device, storeDir: string, sizes: readonly number[]): void {
  const wanted = new Set(piecesOf(storeDir, sizes).map(({ path }) => path));
  const directory = reservePath(storeDir);
  for (const name of device.readdir(directory))
    if (!wanted.has(`${directory}/${name}`)) device.unlink(`${directory}/${name}`);
}

/** Makes some more of what is missing; true while there is more. Throws when there is no room. */
export function fillReserve(device: Device, storeDir: string, sizes: readonly number[]): boolean {
  const there = new Set(list(device, storeDir).map(({ path }) => path));
  const [first, ...others] = piecesOf(storeDir, sizes).filter(({ path }) => !there.has(path));
  if (!first) return false;
  device.mkdir(reservePath(storeDir));
  try {
    return !growPiece(device, first) || others.length > 0;
  } catch (error) {
    unlessGone(() => device.unlink(temporaryOf(first)));
    throw error;
  }
}

/** True when it is whole: it has its name only then. */
function growPiece(device: Device, piece: Piece): boolean {
  const temporary = temporaryOf(piece);
  const file = device.open(temporary, "write");
  try {
    const from = device.size(file);
    const bytes = Math.min(BYTES_PER_STEP, piece.bytes - from);
    // Random, so that no file system makes it smaller than it says.
    device.pwritev(file, [randomBytes(bytes)], from);
    device.fdatasync(file);
    if (from + bytes < piece.bytes) return false;
  } finally {
    device.close(file);
  }
  device.rename(temporary, piece.path);
  device.syncDirectory(piece.path.slice(0, piece.path.lastIndexOf("/")));
  return true;
}

/** What it takes on the disk. */
export function reserveDiskBytes(device: Device, storeDir: string): number {
  const directory = reservePath(storeDir);
  return device.readdir(directory).reduce((sum, name) => sum + device.allocatedBytes(`${directory}/${name}`), 0);
}

/** What is larger than every piece gets the largest one, and the room of as many others as it takes. */
function lendSeveral(device: Device, storeDir: string, of: { pieces: readonly Piece[]; loan: Loan }): boolean {
  const { pieces, loan } = of;
  const given = pieces.findLast((piece) => give(device, storeDir, { piece, loan }));
  let missing = loan.bytes - (given?.bytes ?? 0);
  for (const piece of given ? pieces : [])
    if (missing > 0 && unlessGone(() => device.unlink(piece.path))) missing -= piece.bytes;
  return given !== undefined;
}

function piecesOf(storeDir: string, sizes: readonly number[]): Piece[] {
  return sizes.map((bytes, index) => ({ bytes, path: `${reservePath(storeDir)}/${bytes}.${index}` }));
}

const temporaryOf = ({ path }: Piece): string => `${path}.tmp`;

/** Smallest first. */
function list(device: Device, storeDir: string): Piece[] {
  const directory = reservePath(storeDir);
  const pieces = device.readdir(directory).map((name) => ({
    path: `${directory}/${name}`,
    bytes: Number(PIECE_NAME.exec(name)?.[1] ?? 0),
  }));
  return pieces.filter(({ bytes }) => bytes > 0).sort((a, b) => a.bytes - b.bytes);
}

function give(device: Device, storeDir: string, { piece, loan }: { piece: Piece; loan: Loan }): boolean {
  if (!unlessGone(() => device.rename(piece.path, loan.path))) return false;
  // Before anything is written into it: after a power cut it must not be lent again under its old name.
  device.syncDirectory(reservePath(storeDir));
  return true;
}

/** False when somebody else was given it meanwhile. */
function unlessGone(take: () => void): boolean {
  try {
    take();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return false;
    throw error;
  }
}
