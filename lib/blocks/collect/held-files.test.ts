import { expect, test } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { ManualClock } from "@/lib/testing/manual-clock";
import { SimulatedDevice } from "../simulation/simulated-device";
import { HeldFiles } from "./held-files";

test("a file that is gone before it can be held is no error, and others are held until their time is over", () => {
  const device = new SimulatedDevice(seededRandom(1), "/d");
  const clock = new ManualClock();
  const held = new HeldFiles(device, clock);
  device.close(device.open("/d/f", "write"));
  held.hold("/d/f");
  held.hold("/d/gone");
  expect(device.openFiles).toBe(1);
  clock.advance(3_000);
  expect(device.openFiles).toBe(0);
});
