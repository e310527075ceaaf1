import { expect, test } from "vitest";
import { MessageTracker } from "./message-tracker";

const message = (type: string, body: Buffer) => {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
};
const ready = (status: string) => message("Z", Buffer.from(status));
/** A row whose last bytes read like ReadyForQuery. */
const deceptive = message("D", Buffer.concat([Buffer.from([0, 1, 0, 0, 0, 6]), ready("I")]));

test("the status is known after ReadyForQuery and not before, in whatever pieces the bytes come", () => {
  const output = Buffer.concat([
    message("T", Buffer.alloc(30)),
    deceptive,
    message("C", Buffer.from("SELECT 1\0")),
    ready("T"),
  ]);
  for (let cut = 1; cut < output.length; cut++) {
    const tracker = new MessageTracker();
    tracker.feed(output.subarray(0, cut));
    expect(tracker.status, `after ${cut} bytes`).toBeUndefined();
    tracker.feed(output.subarray(cut));
    expect(tracker.status).toBe("open");
  }
});

test("a message of the client and one of Postgres both end the rest", () => {
  const tracker = new MessageTracker();
  tracker.feed(ready("I"));
  expect(tracker.status).toBe("idle");
  tracker.onInput();
  expect(tracker.status).toBeUndefined();
  tracker.feed(ready("E"));
  expect(tracker.status).toBe("failed");
  tracker.feed(message("N", Buffer.from("notice\0")));
  expect(tracker.status).toBeUndefined();
});
