import { describe, expect, it } from "vitest";
import { Cycle, type Verdict } from "./cycle";
import { BACKEND } from "./wire/backend";
import {
  encodeBind,
  encodeExecute,
  encodeMessage,
  encodeParse,
  encodeQuery,
  FLUSH,
  FRONTEND,
  SYNC,
} from "./wire/frontend";

const COPY_DATA = encodeMessage(FRONTEND.copyData, Buffer.from("x\n"));
const COPY_DONE = encodeMessage(FRONTEND.copyDone, Buffer.alloc(0));

/** A cycle in which messages are sent and answers come, in the order of a test. */
function start() {
  const cycle = new Cycle();
  return {
    cycle,
    send: (...messages: Buffer[]): Verdict[] => messages.map((message) => cycle.admit(message, true)),
    answer(...types: number[]) {
      for (const type of types) cycle.answer(type, Buffer.from("I"));
    },
  };
}

describe("what is under way between a client and its backend", () => {
  it("is nothing before the first message and again after its answer", () => {
    const { cycle, send, answer } = start();
    expect(cycle.isComplete).toBe(true);
    send(encodeQuery("select 1"));
    expect(cycle.isComplete).toBe(false);
    answer(BACKEND.rowDescription, BACKEND.commandComplete, BACKEND.readyForQuery);
    expect(cycle.isComplete).toBe(true);
  });

  it("is not over while a transaction is open or has failed", () => {
    for (const status of ["T", "E"]) {
      const { cycle, send } = start();
      send(encodeQuery("begin"));
      cycle.answer(BACKEND.readyForQuery, Buffer.from(status));
      expect([cycle.isQuiet, cycle.isComplete]).toEqual([true, false]);
    }
  });

  it("is not over between extended messages and their Sync, although everything was answered", () => {
    const { cycle, send, answer } = start();
    send(encodeParse("", "select 1"), encodeBind("", ""), encodeExecute(""), FLUSH);
    answer(BACKEND.parseComplete, BACKEND.bindComplete, BACKEND.commandComplete);
    expect([cycle.isBusy, cycle.isQuiet]).toEqual([false, false]);
    send(SYNC);
    answer(BACKEND.readyForQuery);
    expect(cycle.isComplete).toBe(true);
  });

  it("ends with one ReadyForQuery per Sync, although an error made Postgres skip what was before it", () => {
    const { cycle, send, answer } = start();
    send(encodeParse("", "wrong"), encodeBind("", ""), encodeQuery("skipped"));
    answer(BACKEND.error);
    expect(send(encodeBind("", ""), SYNC, encodeQuery("select 1"))).toEqual(["drop", "forward", "forward"]);
    answer(BACKEND.readyForQuery);
    expect(cycle.isQuiet).toBe(false);
    answer(BACKEND.readyForQuery);
    expect(cycle.isComplete).toBe(true);
  });

  it("keeps what follows a Query until it is answered, also when a Sync before it is answered first", () => {
    const { send, answer } = start();
    expect(send(SYNC, encodeQuery("copy t from stdin"), SYNC)).toEqual(["forward", "forward", "hold"]);
    answer(BACKEND.readyForQuery);
    expect(send(SYNC)).toEqual(["hold"]);
    answer(BACKEND.copyIn);
    expect(send(SYNC, FLUSH, COPY_DATA, COPY_DONE)).toEqual(["drop", "drop", "forward", "forward"]);
    expect(send(encodeQuery("select 1"))).toEqual(["hold"]);
  });

  it("lets nothing but Sync and Flush follow an Execute that may be a COPY", () => {
    const { cycle, send, answer } = start();
    send(encodeParse("", "/* x */ CoPy t from stdin"), encodeBind("", ""), encodeExecute(""));
    expect(send(encodeParse("", "select 1"), COPY_DATA, FLUSH, SYNC)).toEqual([
      "holdAndFlush",
      "holdAndFlush",
      "forward",
      "forward",
    ]);
    answer(BACKEND.parseComplete, BACKEND.bindComplete, BACKEND.copyIn);
    expect(cycle.pending).toBe(0);
    expect(send(COPY_DATA, COPY_DONE, SYNC)).toEqual(["forward", "forward", "forward"]);
    answer(BACKEND.commandComplete, BACKEND.readyForQuery);
    expect(cycle.isComplete).toBe(true);
  });

  it("does not slow down a pipeline of other statements", () => {
    const { send } = start();
    const statement = [encodeParse("", "insert into t values (1)"), encodeBind("", ""), encodeExecute("")];
    expect(new Set(send(...statement, ...statement, SYNC, ...statement, SYNC))).toEqual(new Set(["forward"]));
  });

  it("is refused inside COPY when Postgres would end the backend for it", () => {
    const { send, answer } = start();
    send(encodeQuery("copy t from stdin"));
    answer(BACKEND.copyIn);
    expect(send(encodeQuery("select 1"), encodeParse("", "select 1"))).toEqual(["violation", "violation"]);
  });
});

describe("the unnamed statement", () => {
  const parse = encodeParse("", "select 1");

  it("is the one that was parsed last with success", () => {
    const { cycle, send, answer } = start();
    send(parse, encodeParse("", "select 2"), encodeParse("named", "select 3"), SYNC);
    answer(BACKEND.parseComplete);
    expect(cycle.unnamed).toEqual(parse);
    answer(BACKEND.parseComplete, BACKEND.parseComplete, BACKEND.readyForQuery);
    expect(cycle.unnamed).toEqual(encodeParse("", "select 2"));
  });

  it("is gone after a Query, after closing it and after a Parse that fails", () => {
    for (const [message, reply] of [
      [encodeQuery("select 1"), BACKEND.readyForQuery],
      [encodeMessage(FRONTEND.close, Buffer.from("S\0")), BACKEND.closeComplete],
      [encodeParse("", "wrong"), BACKEND.error],
    ] as const) {
      const { cycle, send, answer } = start();
      send(parse, SYNC);
      answer(BACKEND.parseComplete, BACKEND.readyForQuery);
      send(message);
      answer(reply);
      expect(cycle.unnamed).toBeUndefined();
    }
  });

  it("stays when a later Parse was skipped after an error", () => {
    const { cycle, send, answer } = start();
    send(parse, encodeBind("", "missing"), encodeParse("", "select 2"), SYNC);
    answer(BACKEND.parseComplete, BACKEND.error, BACKEND.readyForQuery);
    expect(cycle.unnamed).toEqual(parse);
  });

  it("is known to be too long to be kept", () => {
    const { cycle, answer } = start();
    cycle.admit(encodeParse("", "x".repeat(300_000)).subarray(0, 100_000), false);
    answer(BACKEND.parseComplete);
    expect(cycle.unnamed).toBe("tooLong");
  });
});
