import { expect, test } from "vitest";
import { chooseSegments } from "./collect-plan";
import { newLogState } from "./log-state";

const stateWith = (...units: readonly number[]) => {
  const state = newLogState(1, { commit: 1, micros: 1, segment: 1, unit: 1, moments: 0 });
  for (const unit of units) state.freed.add(3, unit, 1);
  return state;
};
const choose = (units: number, ...freed: readonly number[]) =>
  chooseSegments(stateWith(...freed), [{ segment: 3, units }], () => Number.POSITIVE_INFINITY);

test("a segment goes when each of its units is freed", () => {
  expect(choose(2, 1, 2)).toMatchObject([{ segment: 3, isEmpty: true }]);
  expect(choose(2, 2)).toMatchObject([{ segment: 3, isEmpty: false }]);
});

test("a segment whose index was made anew and ends before frames that were freed stays with what it has", () => {
  expect(choose(1, 2)).toMatchObject([{ segment: 3, isEmpty: false }]);
});

test("a segment to which nothing was ever appended stays", () => {
  expect(choose(0)).toEqual([]);
});
