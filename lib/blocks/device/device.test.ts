import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { PowerCut, SimulatedDevice } from "../simulation/simulated-device";
import { testDevice } from "./device.suite";
import { nodeDevice } from "./node-device";

const base = mkdtempSync(join(tmpdir(), "offshoot-device-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

testDevice("the real disk", () => ({ device: nodeDevice, dir: mkdtempSync(join(base, "d-")) }));
testDevice("the simulated disk", () => ({ device: new SimulatedDevice(seededRandom(1), "/d"), dir: "/d" }));

describe("the simulated disk without power", () => {
  let device: SimulatedDevice;

  beforeEach(() => {
    device = new SimulatedDevice(seededRandom(7), "/d");
  });

  const cut = () => {
    device.isOff = true;
    device.restart();
  };
  const write = (path: string, bytes: Buffer) => {
    const file = device.open(path, "write");
    device.pwritev(file, [bytes], 0);
    return file;
  };

  test("keeps what was synced, in a file whose name was synced", () => {
    const file = write("/d/f", Buffer.alloc(5000, 1));
    device.fdatasync(file);
    device.syncDirectory("/d");
    cut();
    expect(device.content("/d/f")).toEqual(Buffer.alloc(5000, 1));
  });

  test("may lose, keep or tear what was not synced", () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 100; round++) {
      const file = write("/d/f", Buffer.alloc(2048));
      device.fdatasync(file);
      device.syncDirectory("/d");
      device.pwritev(file, [Buffer.alloc(2048, 1)], 0);
      cut();
      const ones = device.content("/d/f").filter((byte) => byte === 1).length;
      outcomes.add(ones === 0 ? "lost" : ones === 2048 ? "kept" : "torn");
      expect(ones % 512).toBe(0);
    }
    expect(outcomes).toEqual(new Set(["lost", "kept", "torn"]));
  });

  test("may lose a name that was not synced, and bring back one whose removal was not", () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 50; round++) {
      device = new SimulatedDevice(seededRandom(round), "/d");
      device.close(write("/d/old", Buffer.alloc(1)));
      device.syncDirectory("/d");
      device.unlink("/d/old");
      device.close(write("/d/new", Buffer.alloc(1)));
      cut();
      outcomes.add(device.readdir("/d").sort().join());
    }
    expect(outcomes).toEqual(new Set(["", "old", "new", "new,old"]));
  });

  test("shows the old file or the new one where a rename was not synced, and the new one where it was", () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 100; round++) {
      device = new SimulatedDevice(seededRandom(round), "/d");
      for (const [path, byte] of [["/d/f", 1] as const, ["/d/f.tmp", 2] as const]) {
        const file = write(path, Buffer.alloc(512, byte));
        device.fdatasync(file);
      }
      device.syncDirectory("/d");
      device.rename("/d/f.tmp", "/d/f");
      const isSynced = round % 2 === 0;
      if (isSynced) device.syncDirectory("/d");
      cut();
      const names = device.readdir("/d").sort().join();
      outcomes.add(`${isSynced ? "synced" : "open"} ${device.content("/d/f")[0]} ${names}`);
    }
    expect(outcomes).toEqual(new Set(["synced 2 f", "open 1 f", "open 1 f,f.tmp", "open 2 f", "open 2 f,f.tmp"]));
  });

  test("may show a file that was renamed before it was synced without what was written", () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 50; round++) {
      device = new SimulatedDevice(seededRandom(round), "/d");
      device.fdatasync(write("/d/f", Buffer.alloc(512, 1)));
      device.syncDirectory("/d");
      write("/d/f.tmp", Buffer.alloc(512, 2));
      device.rename("/d/f.tmp", "/d/f");
      device.syncDirectory("/d");
      cut();
      outcomes.add(device.content("/d/f").length === 0 ? "empty" : "whole");
    }
    expect(outcomes).toEqual(new Set(["empty", "whole"]));
  });

  test("answers nothing until it is started again", () => {
    device.cutAt = device.operations + 2;
    const file = device.open("/d/f", "create");
    expect(() => device.pwritev(file, [Buffer.alloc(10)], 0)).toThrow(PowerCut);
    expect(() => device.readdir("/d")).toThrow(PowerCut);
    expect(() => device.fdatasync(file)).toThrow(PowerCut);
    device.restart();
    expect(() => device.readdir("/d")).not.toThrow();
  });

  test("keeps everything when only the process was killed", () => {
    write("/d/f", Buffer.alloc(5000, 1));
    device.isOff = true;
    device.resume();
    expect(device.content("/d/f")).toEqual(Buffer.alloc(5000, 1));
  });
});
