import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "@/lib/std/clock";
import { BoundedLog } from "./bounded-log";
import { Child, type ChildOptions } from "./child";

let dir: string;
let said: string[];
const children: Child[] = [];
const never = new AbortController().signal;

/** A child that runs `code` with Node; healthy as soon as it has written `up`. */
function makeChild(code: string, over: Partial<ChildOptions> = {}): Child {
  const script = join(dir, "child.mjs");
  writeFileSync(script, code);
  const log = new BoundedLog(join(dir, "child.log"));
  const child = new Child({
    name: "engine",
    script: [script],
    cwd: dir,
    env: { NODE_ENV: "test" },
    log,
    clock: systemClock,
    isHealthy: async () => readFileSync(log.path, "utf8").includes("up"),
    say: (sentence) => said.push(sentence),
    startMs: 10_000,
    stopMs: 10_000,
    ...over,
  });
  children.push(child);
  return child;
}
const logText = () => readFileSync(join(dir, "child.log"), "utf8");

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "offshoot-child-"));
  said = [];
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
  rmSync(dir, { recursive: true, force: true });
});

describe("a child", () => {
  it("is up once it is healthy, and ends in order when its input ends", async () => {
    const child = makeChild(`console.log("up"); process.stdin.on("end", () => console.log("in order")).resume();`);
    await child.start(never);
    await child.stop();
    expect(logText()).toBe("up\nin order\n");
    expect(said).toEqual([]);
  });

  it("is killed when it does not end, and that is said", async () => {
    const child = makeChild(`console.log("up"); setInterval(() => {}, 1000);`, { stopMs: 50 });
    await child.start(never);
    await child.stop();
    expect(said.join()).toContain("did not end within 0.05 s and was killed");
  });

  it("is started again after a crash", async () => {
    const child = makeChild(`
      import { existsSync, writeFileSync } from "node:fs";
      if (!existsSync("crashed")) { writeFileSync("crashed", ""); process.exit(3); }
      console.log("up"); process.stdin.on("end", () => {}).resume();`);
    await child.start(never);
    expect(said.join()).toContain("ended with exit code 3; starting it again in 0.5 s");
    await child.stop();
  });

  it("that cannot work fails its start with its own last words, said once", async () => {
    const child = makeChild(
      `console.log(JSON.stringify({ level: 60, msg: "The directory is in use." })); process.exit(78);`,
    );
    await expect(child.start(never)).rejects.toThrow("The directory is in use.");
    expect(said).toEqual([]);
    await child.stop();
  });

  it("that runs but does nothing fails its start after a while, naming its log", async () => {
    const child = makeChild(`process.stdin.on("end", () => {}).resume();`, { startMs: 100 });
    await expect(child.start(never)).rejects.toThrow(/engine was not ready within 0.1 s.*child\.log/);
    await child.stop();
  });

  it("says its warnings at the terminal", async () => {
    const child = makeChild(`console.log(JSON.stringify({ level: 40, msg: "Slow disk." })); console.log("up");
      process.stdin.on("end", () => {}).resume();`);
    await child.start(never);
    expect(said).toEqual(["engine: Slow disk."]);
    await child.stop();
  });

  it("that is stopped while it starts does not come up later", async () => {
    const child = makeChild(`process.exit(1);`);
    const asked = new AbortController();
    const started = child.start(asked.signal);
    asked.abort(new Error("asked to stop"));
    await expect(started).rejects.toThrow("asked to stop");
    await child.stop();
    expect(logText()).toBe("");
  });
});
