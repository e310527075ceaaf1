import { describe, expect, test } from "vitest";
import type { ManifestItem } from "@/lib/services";
import { planDisarm } from "./disarm-plan";
import type { Switch } from "./switches";

const job = (isOn: boolean, name = "Retention Policy [1000]"): Switch => ({
  kind: "job",
  name,
  details: { job_id: 1000 },
  isOn,
});
const role = (isOn: boolean): Switch => ({ kind: "role_password", name: "app", details: {}, isOn });
const listed = ({ kind, name, details }: Switch, isArmed: boolean): ManifestItem => ({ kind, name, details, isArmed });
const plan = (
  found: Switch[],
  items: ManifestItem[] = [],
  more: { ofSource?: ManifestItem[]; leavesJobs?: boolean } = {},
) => {
  const { ofSource = [], leavesJobs = false } = more;
  const { off, items: after } = planDisarm({ found, manifest: { items, ofSource }, leavesJobs });
  return [off.map(({ name }) => name), after.map(({ name, isArmed }) => [name, isArmed])];
};
const JOB = job(true).name;

describe("a new fork", () => {
  test("has everything off that was on in its source, and listed", () => {
    expect(plan([job(true), role(true)])).toEqual([
      [JOB, "app"],
      [
        [JOB, false],
        ["app", false],
      ],
    ]);
  });

  test("does not list what was off in its source", () => {
    expect(plan([job(false), role(false)])).toEqual([[], []]);
  });

  test("lists what its source was not given itself, so that it can be switched on here", () => {
    expect(plan([job(false)], [], { ofSource: [listed(job(true), false)] })).toEqual([[], [[JOB, false]]]);
  });

  test("keeps its jobs where that was asked for, and says so, but no password", () => {
    expect(plan([job(true), role(true)], [], { leavesJobs: true })).toEqual([
      ["app"],
      [
        [JOB, true],
        ["app", false],
      ],
    ]);
  });

  test("is the same when the engine died between the list and the switching off, or after both", () => {
    const items = [listed(job(true), false)];
    expect(plan([job(true)], items)).toEqual([[JOB], [[JOB, false]]]);
    expect(plan([job(false)], items)).toEqual([[], [[JOB, false]]]);
    expect(plan([job(true)], [listed(job(true), true)], { leavesJobs: true })).toEqual([[], [[JOB, true]]]);
  });
});

describe("a fork that was reset", () => {
  test("keeps on what somebody switched on, if it is on at that moment", () => {
    expect(plan([job(true)], [listed(job(true), true)])).toEqual([[], [[JOB, true]]]);
  });

  test("lists as off what is off at that moment", () => {
    expect(plan([job(false)], [listed(job(true), true)])).toEqual([[], [[JOB, false]]]);
  });

  test("has no role's password of another moment, which may be the source's", () => {
    expect(plan([role(true)], [listed(role(true), true)])).toEqual([["app"], [["app", false]]]);
  });

  test("no longer lists what is not there at that moment", () => {
    expect(plan([], [listed(job(true), false)])).toEqual([[], []]);
  });
});
