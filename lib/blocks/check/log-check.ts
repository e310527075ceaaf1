import { isSamePlace } from "../diff/tree-reader";
import type { Place } from "../log/format";
import { FRAME_KIND, type FrameHeader, isCheckpoint } from "../log/frame";
import { type ResolvedRoot, resolveRoot } from "../log/resolved-root";
import { VolumeError } from "../volume-error";
import { RootCheck, type RootCheckParts } from "./root-check";

/**
 * Goes through the points of one log in their order. Commits that follow one another need one frame more each; where the row
 * is broken, and at every map checkpoint, the root is looked for as opening does, and what it reads on the way is needed.
 */
export class LogCheck {
  readonly #parts: RootCheckParts;
  #current: RootCheck | undefined;
  #lastCommit = Number.NaN;
  #lastLimit = 0;
  points = 0;

  constructor(parts: RootCheckParts) {
    this.#parts = parts;
  }

  /** The next point, by the place of its frame. */
  visit(point: { readonly commit: number; readonly place: Place }): void {
    const frame = this.#parts.reader.findFrame(point.place);
    if (!frame || frame.header.commit !== point.commit) {
      const message = `The record of commit ${point.commit} is ${frame ? "another one's" : "missing or damaged"}.`;
      this.#report("frame", message, point.place);
      this.#current = undefined;
      return;
    }
    this.points++;
    const { header } = frame;
    const isNext = this.#current !== undefined && header.commit === this.#lastCommit + 1;
    if (isNext && !isCheckpoint(header) && header.kind !== FRAME_KIND.root) {
      this.#parts.reach.addFrame(header.place, header.bodyBytes, this.#parts);
      this.#current?.apply(frame);
      this.#current?.reachTouched();
    } else this.#visitRoot(header, isNext);
    this.#lastCommit = header.commit;
    this.#lastLimit = header.inodeLimit;
  }

  /** After the last point: counts everything once more. */
  finish(): void {
    this.#current?.recount(this.#lastLimit);
  }

  #visitRoot(header: FrameHeader, isNext: boolean): void {
    const before = this.#current;
    this.#current = undefined;
    const root = this.#resolve(header);
    if (!root) return;
    const goesOn =
      before?.isBasedOn(root) && before.applied.every((place, at) => isSamePlace(place, root.frames[at] as Place));
    const current = goesOn && before ? before : new RootCheck(this.#parts, root);
    for (const place of root.frames.slice(current.applied.length)) if (!this.#apply(current, place)) return;
    if (goesOn) current.reachTouched();
    else current.reachAll();
    current.compareTotal(header);
    // A checkpoint's own changes belong to the state before it as well.
    if (isNext && before && !goesOn && this.#apply(before, header.place)) before.compare(current, header.place);
    this.#current = current;
  }

  #resolve(header: FrameHeader): ResolvedRoot | undefined {
    const { reader, reach } = this.#parts;
    reader.onFrame = (frame) => reach.addFrame(frame.place, frame.bodyBytes, this.#parts);
    try {
      reach.addFrame(header.place, header.bodyBytes, this.#parts);
      return resolveRoot(reader, header);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      this.#report("frame", `The root of commit ${header.commit} cannot be found: ${error.message}`, header.place);
      return undefined;
    } finally {
      reader.onFrame = undefined;
    }
  }

  #apply(check: RootCheck, place: Place): boolean {
    const frame = this.#parts.reader.findFrame(place);
    if (frame) {
      this.#parts.reach.addFrame(place, frame.header.bodyBytes, this.#parts);
      check.apply(frame);
    } else this.#report("frame", "A commit record that is needed is missing or damaged.", place);
    return frame !== undefined;
  }

  #report(kind: "frame", message: string, { log, segment, unit }: Place): void {
    const { findings, volumeId } = this.#parts;
    findings.push({ kind, message, volumeId, log, segment, unit });
  }
}
