import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock";
import { ensureCertificates } from "./certificates";

const DAY_MS = 86_400_000;
let dir: string;

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "gw-cert-")), "tls");
});
afterEach(() => rmSync(join(dir, ".."), { recursive: true, force: true }));

describe("certificates", () => {
  it("are made by a local authority for every host, with keys that only their owner can read", async () => {
    const { cert, ca } = await ensureCertificates(dir, ["localhost", "127.0.0.1", "::1"]);
    const server = new X509Certificate(cert);
    expect(server.verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect([server.checkHost("localhost"), server.checkIP("127.0.0.1"), server.checkIP("::1")]).not.toContain(
      undefined,
    );
    expect(server.checkHost("example.org")).toBeUndefined();
    expect([server.ca, new X509Certificate(ca).ca]).toEqual([false, true]);
    expect(server.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    for (const name of ["ca.key", "server.key"]) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  });

  it("stay the same from start to start", async () => {
    const first = await ensureCertificates(dir, ["localhost", "127.0.0.1"]);
    expect(await ensureCertificates(dir, ["127.0.0.1", "localhost"])).toEqual(first);
  });

  it("are renewed for other hosts and before they end, by the same authority", async () => {
    const clock = new ManualClock();
    const first = await ensureCertificates(dir, ["localhost"], clock);
    const other = await ensureCertificates(dir, ["localhost", "db.example"], clock);
    expect(other.cert).not.toBe(first.cert);
    clock.advance(366 * DAY_MS);
    expect(await ensureCertificates(dir, ["localhost", "db.example"], clock)).toEqual(other);
    clock.advance(2 * DAY_MS);
    const renewed = await ensureCertificates(dir, ["localhost", "db.example"], clock);
    expect(renewed.cert).not.toBe(other.cert);
    expect(renewed.ca).toBe(first.ca);
  });

  it("are made anew when a crash left a key without its certificate", async () => {
    const first = await ensureCertificates(dir, ["localhost"]);
    writeFileSync(join(dir, "server.key"), readFileSync(join(dir, "ca.key")));
    const second = await ensureCertificates(dir, ["localhost"]);
    expect(second.cert).not.toBe(first.cert);
    expect(
      new X509Certificate(second.cert).checkPrivateKey(
        await import("node:crypto").then((c) => c.createPrivateKey(second.key)),
      ),
    ).toBe(true);
  });
});
