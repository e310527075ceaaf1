import { createHmac, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NotifyEvent } from "@/lib/schemas/webhook";
import { silentLog } from "@/lib/std/log";
import { startControlDatabase } from "@/lib/testing/control-database";
import { ManualClock } from "@/lib/testing/manual-clock";
import { makeActor } from "@/lib/testing/services-context";
import { listDeliveries, listWebhooks, queueMessage, queueTest, replaceWebhooks, startSender } from ".";
import { openMail } from "./send-mail";
import { Outgoing } from "./sending";

const control = startControlDatabase();
const SEAL_KEY = randomBytes(32);
const MINUTE = 60_000;

interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A receiver that answers as it is told. */
async function aReceiver() {
  const received: Received[] = [];
  let status = 204;
  let isSilent = false;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers, body });
    if (isSilent) return;
    response.writeHead(status, { location: "http://127.0.0.1:1/elsewhere" }).end("x".repeat(100_000));
  });
  const url = `http://127.0.0.1:${await listen(server)}/hook`;
  return {
    url,
    received,
    answer: (next: number) => {
      status = next;
    },
    fallSilent: () => {
      isSilent = true;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));

/** A mail server that takes everything, and keeps it. */
async function aMailServer({ refuses = false } = {}) {
  const mails: { to: string; text: string }[] = [];
  const server = createTcpServer((socket) => talk(socket, mails, refuses));
  return { url: `smtp://127.0.0.1:${await listen(server)}`, mails, close: () => server.close() };
}

function talk(socket: Socket, mails: { to: string; text: string }[], refuses: boolean): void {
  let [buffer, to, text, inData] = ["", "", "", false];
  const say = (line: string) => socket.write(`${line}\r\n`);
  say("220 mail.test ESMTP");
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    buffer += chunk.toString();
    for (let end = buffer.indexOf("\r\n"); end >= 0; end = buffer.indexOf("\r\n")) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      if (inData && line === ".") {
        inData = false;
        mails.push({ to, text });
        say("250 taken");
      } else if (inData) text += `${line}\n`;
      else if (/^RCPT TO/i.test(line)) {
        to = line.replace(/^RCPT TO:<(.*)>.*$/i, "$1");
        say(refuses ? "550 no such mailbox" : "250 ok");
      } else if (/^DATA/i.test(line)) {
        inData = true;
        say("354 go on");
      } else if (/^QUIT/i.test(line)) {
        say("221 bye");
        socket.end();
      } else say("250 ok");
    }
  });
}

let clock: ManualClock;
let projectId: string;
let receiver: Awaited<ReturnType<typeof aReceiver>>;
const closers: (() => void)[] = [];

beforeEach(async () => {
  clock = new ManualClock();
  ({ projectId } = await makeActor(control().db));
  receiver = await aReceiver();
  closers.push(receiver.close);
});
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await control().db.$executeRaw`TRUNCATE webhooks, deliveries`;
});

function outgoing({ mailUrl, onFree = () => {} }: { mailUrl?: string; onFree?: () => void } = {}): Outgoing {
  return new Outgoing({
    db: control().db,
    sealKey: SEAL_KEY,
    mail: mailUrl === undefined ? undefined : openMail({ url: mailUrl, from: "offshoot@acme.test" }),
    consoleUrl: "https://offshoot.acme.test",
    clock,
    log: silentLog,
    signal: new AbortController().signal,
    onFree,
  });
}

async function sendDue(mailUrl?: string): Promise<void> {
  const one = outgoing(mailUrl === undefined ? {} : { mailUrl });
  await one.beginDue();
  await one.settled();
}

async function aWebhook(url = receiver.url, events: NotifyEvent[] = ["fork.expiring"]) {
  const kept = (await listWebhooks(control().db, projectId)).map(({ id, url, events }) => ({
    id,
    url,
    events: events as NotifyEvent[],
  }));
  const wanted = [...kept, { url, events }];
  const secrets = await control().db.$transaction((tx) =>
    replaceWebhooks(tx, SEAL_KEY, { projectId, wanted, by: "ana", nowMs: clock.nowMs() }),
  );
  const [[id, secret] = ["", ""]] = secrets;
  return { id, secret };
}

const tell = (what = "incident", to: string[] = []) =>
  control().db.$transaction((tx) =>
    queueMessage(tx, {
      projectId,
      event: "fork.expiring",
      data: { name: what },
      path: "/forks/abcdefghij",
      mail: { to, subject: `${what} stops in 10 min`, text: "It stops at 17:52 UTC." },
      nowMs: clock.nowMs(),
    }),
  );
const deliveries = () => listDeliveries(control().db, projectId);
const names = () => receiver.received.map(({ body }) => JSON.parse(body).data.name);

describe("a webhook", () => {
  test("is sent with a signature that its secret proves, and with what it tells of", async () => {
    const { secret } = await aWebhook();
    await tell();
    await sendDue();
    const [message] = receiver.received;
    const [row] = await deliveries();
    expect(JSON.parse(message?.body ?? "")).toEqual({
      type: "fork.expiring",
      timestamp: "2026-01-01T00:00:00.000Z",
      data: { project_id: projectId, name: "incident", url: "https://offshoot.acme.test/forks/abcdefghij" },
    });
    const timestamp = String(clock.nowMs() / 1000);
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const signature = createHmac("sha256", key).update(`${row?.id}.${timestamp}.${message?.body}`).digest("base64");
    expect(message?.headers).toMatchObject({
      "webhook-id": row?.id,
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1,${signature}`,
      "content-type": "application/json",
    });
    expect(row).toMatchObject({ attempts: 1, delivered: "2026-01-01T00:00:00.000Z", next: null, error: null });
  });

  test("gets only the events that it wants, and only its own project's", async () => {
    await aWebhook(receiver.url, ["budget.alert"]);
    await tell();
    expect(await deliveries()).toEqual([]);
  });

  test("is sent again after a pause until it is taken, with the same id and body", async () => {
    await aWebhook();
    await tell();
    receiver.answer(500);
    await sendDue();
    expect((await deliveries())[0]).toMatchObject({
      attempts: 1,
      delivered: null,
      error: "The receiver answered 500.",
    });
    await sendDue();
    expect(receiver.received).toHaveLength(1);
    clock.advance(5_000);
    receiver.answer(200);
    await sendDue();
    const [first, second] = receiver.received;
    expect([second?.body, second?.headers["webhook-id"]]).toEqual([first?.body, first?.headers["webhook-id"]]);
    expect(second?.headers["webhook-timestamp"]).not.toBe(first?.headers["webhook-timestamp"]);
    expect((await deliveries())[0]).toMatchObject({ attempts: 2, next: null, error: null });
  });

  test("is given up after eight attempts, and the reason is shown", async () => {
    await aWebhook();
    await tell();
    receiver.answer(503);
    for (let round = 0; round < 20; round++) {
      await sendDue();
      clock.advance(12 * 60 * MINUTE);
    }
    expect(receiver.received).toHaveLength(8);
    expect((await deliveries())[0]).toMatchObject({
      attempts: 8,
      delivered: null,
      next: null,
      error: "The receiver answered 503. Given up.",
    });
  });

  test("that answers 410 is asked no more", async () => {
    await aWebhook();
    await tell();
    receiver.answer(410);
    await sendDue();
    expect((await deliveries())[0]).toMatchObject({ attempts: 1, next: null });
  });

  test("is not sent where a redirect leads", async () => {
    await aWebhook();
    await tell();
    receiver.answer(302);
    await sendDue();
    expect((await deliveries())[0]?.error).toBe(
      "The receiver answered 302. Redirects are not followed: give the address that it leads to.",
    );
  });

  test("that says nothing is left after ten seconds", async () => {
    await aWebhook();
    await tell();
    receiver.fallSilent();
    const one = outgoing();
    await one.beginDue();
    while (receiver.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10_000);
    await one.settled();
    expect((await deliveries())[0]?.error).toBe("The receiver did not answer within 10 seconds.");
  });

  test.each([
    "http://169.254.169.254/latest/meta-data",
    "http://[fe80::1]/",
    "http://0.0.0.0/",
    "http://[::ffff:169.254.169.254]/",
    "http://2852039166/",
  ])("is never sent to an address that no receiver has: %s", async (url) => {
    await aWebhook(url);
    await tell();
    await sendDue();
    expect((await deliveries())[0]?.error).toMatch(/is at an address that no webhook is sent to\.$/);
  });

  test("keeps its messages in order, and a silent one keeps nobody else waiting", async () => {
    const other = await aReceiver();
    closers.push(other.close);
    await aWebhook();
    await aWebhook(other.url);
    other.fallSilent();
    for (const what of ["first", "second", "third"]) {
      await tell(what);
      clock.advance(1);
    }
    let free = () => {};
    const one = outgoing({ onFree: () => free() });
    for (let round = 0; round < 3; round++) {
      const taken = new Promise<void>((resolve) => {
        free = resolve;
      });
      await one.beginDue();
      await taken;
    }
    expect(names()).toEqual(["first", "second", "third"]);
    while (other.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(other.received).toHaveLength(1);
    clock.advance(10_000);
    await one.settled();
  });

  test("that was removed gets nothing more", async () => {
    await aWebhook();
    await tell();
    await control().db.webhook.deleteMany();
    await sendDue();
    expect((await deliveries())[0]?.error).toBe("The webhook was removed. Given up.");
  });

  test("can be tried", async () => {
    const { id } = await aWebhook();
    await control().db.$transaction((tx) => queueTest(tx, { webhook: { id, projectId }, nowMs: clock.nowMs() }));
    await sendDue();
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({
      type: "webhook.test",
      data: { webhook_id: id },
    });
  });

  test("has its secret shown once, and sealed in its row", async () => {
    const { id, secret } = await aWebhook();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(JSON.stringify(await listWebhooks(control().db, projectId))).not.toContain(secret);
    const row = await control().db.webhook.findUniqueOrThrow({ where: { id } });
    expect(JSON.stringify(row)).not.toContain(secret);
  });
});

describe("an e-mail", () => {
  test("goes to each address, with the page that it is about", async () => {
    const server = await aMailServer();
    closers.push(server.close);
    await tell("incident", ["ana@acme.test", "ben@acme.test"]);
    await sendDue(server.url);
    expect(server.mails.map(({ to }) => to).sort()).toEqual(["ana@acme.test", "ben@acme.test"]);
    expect(server.mails[0]?.text).toContain("Subject: incident stops in 10 min");
    expect(server.mails[0]?.text).toContain("https://offshoot.acme.test/forks/abcdefghij");
    expect((await deliveries()).every(({ delivered }) => delivered !== null)).toBe(true);
  });

  test("that is refused says why", async () => {
    const server = await aMailServer({ refuses: true });
    closers.push(server.close);
    await tell("incident", ["nobody@acme.test"]);
    await sendDue(server.url);
    expect((await deliveries())[0]?.error).toMatch(/The mail server did not take it: .*550/);
  });
});

describe("the sender", () => {
  test("sends what is written while it runs, and ends when it is asked to", async () => {
    await aWebhook();
    const sender = startSender({
      db: control().db,
      sealKey: SEAL_KEY,
      mail: undefined,
      consoleUrl: "https://offshoot.acme.test",
      clock,
      log: silentLog,
    });
    await tell();
    while (receiver.received.length === 0) await clock.advanceAndSettle(1_000);
    await sender.stop();
    expect(names()).toEqual(["incident"]);
  });

  test("that was killed in the middle of a message sends it again", async () => {
    await aWebhook();
    await tell();
    receiver.fallSilent();
    await outgoing().beginDue();
    while (receiver.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5_000);
    await outgoing().beginDue();
    while (receiver.received.length === 1) await new Promise((resolve) => setImmediate(resolve));
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
  });
});
