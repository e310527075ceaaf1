/** The first packet of a connection, which has a length but no type. */
export type StartupPacket =
  | { readonly kind: "ssl" }
  | { readonly kind: "gss" }
  | { readonly kind: "cancel"; readonly processId: number; readonly key: Buffer }
  | {
      readonly kind: "startup";
      readonly major: number;
      readonly minor: number;
      readonly parameters: ReadonlyMap<string, string>;
    }
  | { readonly kind: "malformed"; readonly reason: string };

const CODE = { cancel: 80_877_102, ssl: 80_877_103, gss: 80_877_104 } as const;
// Protocol 3.2 allows cancel keys of up to 256 bytes.
const LONGEST_KEY_BYTES = 256;

/** Parses what follows the length of the first packet. */
export function parseStartupPacket(body: Buffer): StartupPacket {
  if (body.length < 4) return { kind: "malformed", reason: "invalid length of startup packet" };
  const code = body.readInt32BE(0);
  if (code === CODE.ssl || code === CODE.gss) {
    if (body.length !== 4) return { kind: "malformed", reason: "invalid length of startup packet" };
    return { kind: code === CODE.ssl ? "ssl" : "gss" };
  }
  if (code === CODE.cancel) return parseCancel(body);
  const version = { major: code >>> 16, minor: code & 0xffff };
  // Only the layout of version 3 is known; the version itself is refused by whoever knows what is spoken here.
  if (version.major !== 3) return { kind: "startup", ...version, parameters: new Map() };
  const parameters = findParameters(body.subarray(4));
  if (!parameters) return { kind: "malformed", reason: "invalid startup packet layout" };
  return { kind: "startup", ...version, parameters };
}

function parseCancel(body: Buffer): StartupPacket {
  const keyBytes = body.length - 8;
  if (keyBytes < 1 || keyBytes > LONGEST_KEY_BYTES)
    return { kind: "malformed", reason: "invalid length of cancel request packet" };
  return { kind: "cancel", processId: body.readInt32BE(4), key: body.subarray(8) };
}

/** Pairs of zero-terminated texts, then one zero as the very last byte. */
function findParameters(bytes: Buffer): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  let at = 0;
  const next = (): string | undefined => {
    const end = bytes.indexOf(0, at);
    if (end < 0) return undefined;
    const text = bytes.toString("utf8", at, end);
    at = end + 1;
    return text;
  };
  for (;;) {
    const name = next();
    if (name === undefined) return undefined;
    if (name === "") return at === bytes.length ? parameters : undefined;
    const value = next();
    if (value === undefined) return undefined;
    parameters.set(name, value);
  }
}
