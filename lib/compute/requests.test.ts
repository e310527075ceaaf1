import { expect, test } from "vitest";
import { Requests } from "./requests";

function createRequests() {
  const sent: number[] = [];
  const requests = new Requests<string>(() => sent.push(sent.length), "ended");
  return { sent, requests };
}

test("whoever asks while a question is under way gets the answer to the next", async () => {
  const { sent, requests } = createRequests();
  const first = requests.ask();
  const second = requests.ask();
  const third = requests.ask();
  expect(sent).toHaveLength(1);
  requests.answer("one");
  expect(await first).toBe("one");
  expect(sent).toHaveLength(2);
  requests.answer("two");
  expect(await Promise.all([second, third])).toEqual(["two", "two"]);
  expect(sent).toHaveLength(2);
});

test("nobody waits for a worker that has ended", async () => {
  const { requests } = createRequests();
  const waiting = [requests.ask(), requests.ask()];
  requests.end();
  expect(await Promise.all([...waiting, requests.ask()])).toEqual(["ended", "ended", "ended"]);
});
