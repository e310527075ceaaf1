import { expect, test } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { type DeviceOperation, SimulatedDevice } from "../simulation/simulated-device";
import { replaceFile } from "./replace-file";

test("what does not fit leaves the file as it was, and nothing beside it", () => {
  for (const refused of ["write", "sync", "rename"] satisfies DeviceOperation[]) {
    const device = new SimulatedDevice(seededRandom(1), "/d");
    replaceFile(device, "/d/f", Buffer.from("old"));
    device.failure = (operation) => (operation === refused ? "ENOSPC" : undefined);
    expect(() => replaceFile(device, "/d/f", Buffer.from("new"))).toThrow(expect.objectContaining({ code: "ENOSPC" }));
    expect(device.files()).toEqual(["/d/f"]);
    expect(device.content("/d/f").toString()).toBe("old");
  }
});
