import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createMockVerifier,
  createScramVerifier,
  createServerFirst,
  findClientFirst,
  findScramVerifier,
  findServerFinal,
  type ScramVerifier,
} from "./scram";

const hmac = (key: Uint8Array, text: string) => createHmac("sha256", key).update(text).digest();

/** The client's half of RFC 5802, written independently of the server's. */
function clientFinal(password: string, texts: { bare: string; challenge: string; binding: string }): string {
  const fields = Object.fromEntries(texts.challenge.split(",").map((field) => [field[0], field.slice(2)]));
  const salted = pbkdf2Sync(password, Buffer.from(fields.s ?? "", "base64"), Number(fields.i), 32, "sha256");
  const key = hmac(salted, "Client Key");
  const withoutProof = `c=${Buffer.from(texts.binding, "latin1").toString("base64")},r=${fields.r}`;
  const signature = hmac(createHash("sha256").update(key).digest(), `${texts.bare},${texts.challenge},${withoutProof}`);
  return `${withoutProof},p=${Buffer.from(key.map((byte, i) => byte ^ (signature[i] ?? 0))).toString("base64")}`;
}

function getVerifier(text: string): ScramVerifier {
  const verifier = findScramVerifier(text);
  if (!verifier) throw new Error("no verifier");
  return verifier;
}

describe("SCRAM-SHA-256", () => {
  it("reproduces the exchange of RFC 7677 byte for byte", async () => {
    const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
    const verifier = getVerifier(await createScramVerifier("pencil", salt));
    const first = findClientFirst("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    if (!first) throw new Error("client first message not understood");
    const challenge = createServerFirst(first, verifier, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
    expect(challenge.text).toBe(
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    );
    const final =
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    expect(findServerFinal({ first, challenge, verifier }, final)).toBe(
      "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    );
  });

  it("accepts the right password and no other, with and without channel binding", async () => {
    const certificateHash = Buffer.from("\x01\xff hash of a certificate", "latin1");
    const verifier = getVerifier(await createScramVerifier("right"));
    for (const header of ["n,,", "y,,", "p=tls-server-end-point,,"]) {
      const first = findClientFirst(`${header}n=,r=abc`);
      if (!first) throw new Error("client first message not understood");
      const challenge = createServerFirst(first, verifier);
      const binding = header.startsWith("p") ? header + certificateHash.toString("latin1") : header;
      const answer = (password: string, bound = binding) =>
        findServerFinal(
          { first, challenge, verifier, certificateHash },
          clientFinal(password, { bare: first.bare, challenge: challenge.text, binding: bound }),
        );
      expect(answer("right")).toMatch(/^v=/);
      expect(answer("wrong")).toBeUndefined();
      expect(answer("right", "p=tls-server-end-point,,another certificate")).toBeUndefined();
    }
  });

  it("refuses a proof made for another challenge", async () => {
    const verifier = getVerifier(await createScramVerifier("right"));
    const first = findClientFirst("n,,n=,r=abc");
    if (!first) throw new Error("client first message not understood");
    const [one, other] = [createServerFirst(first, verifier), createServerFirst(first, verifier)];
    const replayed = clientFinal("right", { bare: first.bare, challenge: one.text, binding: "n,," });
    expect(findServerFinal({ first, challenge: other, verifier }, replayed)).toBeUndefined();
  });

  it("gives an unknown role the same salt each time and lets no password in", () => {
    const secret = Buffer.from("secret");
    expect(createMockVerifier("ghost", secret).salt).toEqual(createMockVerifier("ghost", secret).salt);
    expect(createMockVerifier("ghost", secret).salt).not.toEqual(createMockVerifier("spook", secret).salt);
    expect(createMockVerifier("ghost", secret).storedKey).not.toEqual(createMockVerifier("ghost", secret).storedKey);
  });

  it("prepares passwords as PostgreSQL does: compatible forms are one password, forbidden ones stay as they are", async () => {
    const salt = Buffer.alloc(16, 7);
    expect(await createScramVerifier("\u2168", salt)).toBe(await createScramVerifier("IX", salt));
    expect(await createScramVerifier("a\u00a0b\u00ad", salt)).toBe(await createScramVerifier("a b", salt));
    expect(await createScramVerifier("\u2168\u0007", salt)).not.toBe(await createScramVerifier("IX\u0007", salt));
  });

  it("reads no verifier out of other texts", () => {
    for (const text of ["", "md5abc", "SCRAM-SHA-256$0:AAAA$AAAA:AAAA", "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA"])
      expect(findScramVerifier(text)).toBeUndefined();
  });

  it("survives any bytes in both client messages", async () => {
    const verifier = getVerifier(await createScramVerifier("right"));
    const first = findClientFirst("n,,n=,r=abc");
    if (!first) throw new Error("client first message not understood");
    const challenge = createServerFirst(first, verifier);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        findClientFirst(text);
        expect(findServerFinal({ first, challenge, verifier }, text)).toBeUndefined();
      }),
    );
  });
});
