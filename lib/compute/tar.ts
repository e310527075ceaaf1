const RECORD_BYTES = 512;
const TYPE_FILE = "0";

export interface TarFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The plain files of a tar archive (POSIX ustar, as the image packages ship them); directories and links are left out. */
export function* readTar(archive: Uint8Array): Generator<TarFile> {
  for (let at = 0; at + RECORD_BYTES <= archive.length; ) {
    const header = archive.subarray(at, at + RECORD_BYTES);
    const name = textField(header, 0, 100);
    if (!name) return;
    const size = Number.parseInt(textField(header, 124, 12).trim(), 8);
    const type = textField(header, 156, 1) || TYPE_FILE;
    const prefix = textField(header, 345, 155);
    const from = at + RECORD_BYTES;
    if (type === TYPE_FILE)
      yield { path: prefix ? `${prefix}/${name}` : name, bytes: archive.subarray(from, from + size) };
    at = from + Math.ceil(size / RECORD_BYTES) * RECORD_BYTES;
  }
}

function textField(header: Uint8Array, from: number, length: number): string {
  const field = Buffer.from(header.buffer, header.byteOffset + from, length);
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end < 0 ? length : end);
}
