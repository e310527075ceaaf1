import { randomBytes } from "node:crypto";
import type { Device } from "./device";
import { replaceFile, replaceOrFindRoom } from "./replace-file";

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

const MEBIBYTE = 1 << 20;
/** Not the number of a piece of the given sizes. */
const LARGER = 999;
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
 * Makes what is missing; throws when there is no room, and what was made until then stays. One piece more holds `largestBytes`
 * when none of the others does; it stays when less is asked for later.
 */
export function fillReserve(
  device: Device,
  storeDir: string,
  of: { readonly sizes: readonly number[]; readonly largestBytes: number },
): void {
  const directory = reservePath(storeDir);
  const before = list(device, storeDir);
  const wanted = of.sizes.map((bytes, index): Piece => ({ bytes, path: `${directory}/${bytes}.${index}` }));
  const largest = Math.max(...of.sizes, ...before.map(({ bytes }) => bytes));
  if (of.largestBytes > largest) wanted.push(makeLarger(directory, of.largestBytes));
  const missing = wanted.filter(({ path }) => !before.some((piece) => piece.path === path));
  if (missing.length > 0) makePieces(device, storeDir, missing);
  const kept = new Set([...wanted, ...list(device, storeDir).slice(-1)].map(({ path }) => path));
  for (const name of device.readdir(directory))
    if (!kept.has(`${directory}/${name}`)) device.unlink(`${directory}/${name}`);
}

function makePieces(device: Device, storeDir: string, pieces: readonly Piece[]): void {
  device.mkdir(reservePath(storeDir));
  device.syncDirectory(storeDir);
  // Random, so that no file system makes it smaller than it says.
  for (const { path, bytes } of pieces) replaceFile(device, path, randomBytes(bytes));
}

/** Half as much again, so that it is not made anew each time a file grew a little. */
function makeLarger(directory: string, bytes: number): Piece {
  const ample = Math.ceil((bytes * 1.5) / MEBIBYTE) * MEBIBYTE;
  return { bytes: ample, path: `${directory}/${ample}.${LARGER}` };
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
