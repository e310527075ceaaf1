import "reflect-metadata";
import { createHash, createPrivateKey, X509Certificate as NodeCertificate, randomBytes, webcrypto } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { assert } from "@/lib/std/assert";
import { type Clock, systemClock } from "@/lib/std/clock";

/** PEM texts: the server's key, its certificate, and the local authority that people may choose to trust. */
export interface Certificates {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
// The authority outlives the installation, so that trust given once stays.
const CA_DAYS = 3650;
// Clients on macOS refuse server certificates that are valid for longer than 825 days.
const SERVER_DAYS = 397;
const RENEW_BEFORE_DAYS = 30;
// Clocks of clients may be behind ours.
const BACKDATED_DAYS = 1;
const SERIAL_BYTES = 16;

/**
 * Certificates for TLS in `dir`: a local authority made once, and a server certificate for these hosts (names or
 * addresses), made anew when the hosts change or its end is near.
 */
export async function ensureCertificates(
  dir: string,
  hosts: readonly string[],
  clock: Pick<Clock, "nowMs"> = systemClock,
): Promise<Certificates> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const authority = (await loadPair(dir, "ca")) ?? (await savePair(dir, "ca", await makeAuthority(clock)));
  const wanted = [...new Set(hosts)].sort();
  const found = await loadPair(dir, "server");
  const isCurrent =
    found !== undefined && isUsable(found, { hosts: wanted, authority: authority.cert, nowMs: clock.nowMs() });
  const server = isCurrent ? found : await savePair(dir, "server", await makeServer(authority, wanted, clock));
  return { key: server.key, cert: server.cert, ca: authority.cert };
}

/** The hash a client binds its login to (RFC 5929, tls-server-end-point): the certificate's own, but never a broken one. */
export function hashForChannelBinding(pem: string): Buffer | undefined {
  const { hash } = new X509Certificate(pem).signatureAlgorithm;
  const name = hash.name.replace("-", "").toLowerCase();
  const usable = name === "md5" || name === "sha1" ? "sha256" : name;
  return /^sha(256|384|512)$/.test(usable)
    ? createHash(usable).update(new NodeCertificate(pem).raw).digest()
    : undefined;
}

interface Pair {
  readonly key: string;
  readonly cert: string;
}

async function loadPair(dir: string, name: string): Promise<Pair | undefined> {
  try {
    return {
      key: await readFile(join(dir, `${name}.key`), "utf8"),
      cert: await readFile(join(dir, `${name}.crt`), "utf8"),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Key first, each in one step: a crash in between leaves a certificate that `isUsable` or the pair's load turns down. */
async function savePair(dir: string, name: string, pair: Pair): Promise<Pair> {
  await writeWhole(join(dir, `${name}.key`), pair.key, 0o600);
  await writeWhole(join(dir, `${name}.crt`), pair.cert, 0o644);
  return pair;
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode, flush: true });
  await rename(draft, path);
}

/** For exactly these hosts, by this authority, with its own key, and not about to end. */
function isUsable({ key, cert }: Pair, wanted: { hosts: string[]; authority: string; nowMs: number }): boolean {
  const certificate = new NodeCertificate(cert);
  const names = certificate.subjectAltName?.split(", ") ?? [];
  const covers = (host: string) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
  return (
    names.length === wanted.hosts.length &&
    wanted.hosts.every(covers) &&
    Date.parse(certificate.validTo) - wanted.nowMs > RENEW_BEFORE_DAYS * DAY_MS &&
    certificate.checkPrivateKey(createPrivateKey(key)) &&
    certificate.verify(new NodeCertificate(wanted.authority).publicKey)
  );
}

const makeKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

async function makeAuthority(clock: Pick<Clock, "nowMs">): Promise<Pair> {
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // A name of its own, so that the authorities of two installations can stand side by side in a trust store.
    name: `CN=Offshoot local authority ${randomBytes(4).toString("hex")}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(clock, CA_DAYS),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return toPair(certificate, keys.privateKey);
}

async function makeServer(authority: Pair, hosts: string[], clock: Pick<Clock, "nowMs">): Promise<Pair> {
  const keys = await makeKeys();
  const issuer = new X509Certificate(authority.cert);
  const names = hosts.map((value) => ({ type: isIP(value) ? ("ip" as const) : ("dns" as const), value }));
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=Offshoot",
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: ALGORITHM,
    ...validity(clock, SERVER_DAYS),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return toPair(certificate, keys.privateKey);
}

function validity(clock: Pick<Clock, "nowMs">, days: number) {
  const nowMs = clock.nowMs();
  return {
    serialNumber: randomBytes(SERIAL_BYTES).toString("hex"),
    notBefore: new Date(nowMs - BACKDATED_DAYS * DAY_MS),
    notAfter: new Date(nowMs + days * DAY_MS),
  };
}

async function toPair(certificate: X509Certificate, privateKey: webcrypto.CryptoKey): Promise<Pair> {
  const exported = await webcrypto.subtle.exportKey("pkcs8", privateKey);
  return { cert: `${certificate.toString("pem")}\n`, key: `${PemConverter.encode(exported, "PRIVATE KEY")}\n` };
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = PemConverter.decode(pem);
  assert(der, "the authority's key is a PEM text");
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}
