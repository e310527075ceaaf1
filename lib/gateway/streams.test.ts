import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrontendInput } from "./frontend-input";
import { WHOLE_MESSAGE_BYTES } from "./limits";
import { BackendReader } from "./wire/backend-reader";
import { encodeMessage, findHeaderFault, HEADER_BYTES } from "./wire/frontend";
import { parseStartupPacket } from "./wire/startup";
import { parseStartupOptions } from "./wire/startup-options";

const sizes = fc.oneof(fc.nat(50), fc.integer({ min: WHOLE_MESSAGE_BYTES - 10, max: WHOLE_MESSAGE_BYTES * 3 }));
// CopyData for clients is a row's data for backends: one type that both sides know.
const stream = fc
  .array(sizes, { maxLength: 6 })
  .map((list) => list.map((size, n) => encodeMessage(0x64, Buffer.alloc(size, n))));
const cuts = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 20 });

/** The bytes in pieces of these sizes, over and over. */
function* inPieces(bytes: Buffer, pieceSizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = pieceSizes[n % pieceSizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe("a stream of messages", () => {
  it("from a backend is the same messages whatever the chunks", () => {
    fc.assert(
      fc.property(stream, cuts, (messages, pieces) => {
        const found: [number, number][] = [];
        const reader = new BackendReader(() => true);
        for (const piece of inPieces(Buffer.concat(messages), pieces))
          reader.read(piece, (type, body) => found.push([type, body.length]));
        expect(reader.isMidMessage).toBe(false);
        expect(found).toEqual(
          messages.map(({ length }) => [0x64, Math.min(length - HEADER_BYTES, WHOLE_MESSAGE_BYTES)]),
        );
      }),
    );
  });

  it("from a client comes out byte for byte, short messages whole, and hardly anything is kept", () => {
    fc.assert(
      fc.property(stream, cuts, (messages, pieces) => {
        const input = new FrontendInput();
        const parts: Buffer[] = [];
        for (const piece of inPieces(Buffer.concat(messages), pieces)) {
          input.push(piece);
          for (let unit = input.peek(); unit; unit = input.peek()) {
            expect(unit.kind !== "message" || unit.bytes.length === 1 + unit.bytes.readInt32BE(1)).toBe(true);
            input.advance(unit);
            parts.push(unit.bytes);
          }
          expect(input.buffered).toBeLessThan(WHOLE_MESSAGE_BYTES);
        }
        expect(input.rest).toBe(0);
        expect(Buffer.concat(parts).equals(Buffer.concat(messages))).toBe(true);
      }),
    );
  });

  it("is not read on after a header that Postgres would refuse", () => {
    expect(findHeaderFault(0x51, 3)).toBe("invalid message length");
    expect(findHeaderFault(0x51, 0x3fff_ffff)).toBeUndefined();
    expect(findHeaderFault(0x51, 0x4000_0000)).toBe("invalid message length");
    expect(findHeaderFault(0x53, 10_001)).toBe("invalid message length");
    expect(findHeaderFault(0x70, 10)).toBe("invalid frontend message type 112");
  });
});

describe("a startup packet", () => {
  it("is understood or called malformed, whatever its bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(["ssl", "gss", "cancel", "startup", "malformed"]).toContain(parseStartupPacket(Buffer.from(bytes)).kind);
      }),
    );
  });

  it("gives back every name and value it was made of", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => !value.includes("\0"));
    fc.assert(
      fc.property(fc.dictionary(text, text), (parameters) => {
        const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
        const packet = parseStartupPacket(
          Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from(`${pairs.join("")}\0`)]),
        );
        expect(packet).toMatchObject({ kind: "startup", major: 3, minor: 0 });
        if (packet.kind === "startup") expect([...packet.parameters]).toEqual(Object.entries(parameters));
      }),
    );
  });
});

describe("startup options", () => {
  const parse = (options: string) => parseStartupOptions(new Map([["options", options]]));

  it("are read as Postgres reads them", () => {
    expect(parse("-c work_mem=7MB -cgeqo=off --search-path=a,b -c app.note=two\\ words")).toEqual({
      settings: [
        { name: "work_mem", value: "7MB" },
        { name: "geqo", value: "off" },
        { name: "search_path", value: "a,b" },
        { name: "app.note", value: "two words" },
      ],
    });
    expect(parse("-c work_mem=7MB -z")).toEqual({ invalidArgument: "-z" });
    expect(parse("-c")).toEqual({ invalidArgument: "-c" });
  });

  it("come before the parameters with names of their own, and neither role nor database is one", () => {
    const parameters = { user: "u", database: "d", TimeZone: "UTC", "_pq_.x": "1", options: "-c TimeZone=Asia/Tokyo" };
    expect(parseStartupOptions(new Map(Object.entries(parameters)))).toEqual({
      settings: [
        { name: "TimeZone", value: "Asia/Tokyo" },
        { name: "TimeZone", value: "UTC" },
      ],
    });
  });
});
