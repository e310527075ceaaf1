import { describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import { parseInput } from "@/lib/schemas/parse-input";
import { allowListBody, labelsBody } from "@/lib/schemas/safety";
import { startControlDatabase } from "@/lib/testing/control-database";
import { startHistory } from "@/lib/testing/history-fixture";
import { expectRefused, refusal, rowOf, setState } from "@/lib/testing/request-fixture";
import { getService } from "../get-service";
import { reapDue } from "../reap";
import { setEnvironment } from "../rename";
import { requestDelete } from "../request-delete";
import { requestFork } from "../request-fork";
import { requestPurge } from "../request-purge";
import { requestReset } from "../reset/request-reset";
import { getAllowList, isAddressAllowed, setAllowList } from "./allow-list";
import { setLabels } from "./labels";
import { setProtection } from "./protection";

const control = startControlDatabase();
const fixture = startHistory(control);
const options = () => ({ context: fixture().context });

const protect = (serviceId: string, isProtected = true) =>
  setProtection(fixture().actor, { serviceId, body: { protected: isProtected } }, options());
const aFork = (sourceId: string) =>
  requestFork(fixture().actor, { sourceId, body: { fork_strategy: "NOW", ttl: "1h" } }, options());

describe("a protected service", () => {
  test("is neither deleted nor reset, with who protected it, when, and the way out; then it is", async () => {
    const { actor, aService } = fixture();
    const { service_id: id } = await aService();
    expect(await protect(id)).toMatchObject({ protected_by: actor.name });
    const at = (await control().db.operation.findFirstOrThrow({ where: { kind: "protection" } })).requestedAt;
    const refused = await expectRefused(requestDelete(actor, id, options()), "PROTECTED");
    expect(refused.message).toBe(
      `prod was protected by ${actor.name} at ${at.toISOString()}, which keeps it from being deleted. End its protection first.`,
    );
    expect(refused.fix).toEqual([{ label: "Safety of prod", href: `/services/${id}#safety` }]);
    const reset = { serviceId: id, body: { fork_strategy: "PITR", commit: 2 } } as const;
    await expectRefused(requestReset(actor, reset, options()), "PROTECTED");
    await protect(id, false);
    expect((await requestDelete(actor, id, options())).status).toBe("DELETING");
  });

  test("is one that is tagged PROD, whoever asks", async () => {
    const { actor, aService } = fixture();
    const { service_id: id } = await aService();
    await setEnvironment(actor, { serviceId: id, body: { environment: "PROD" } }, options());
    const refused = await expectRefused(requestDelete(actor, id, options()), "PROTECTED");
    expect(refused.message).toMatch(/^prod was tagged PROD by ana@acme\.test at .*Tag it DEV first\.$/);
    const reset = { serviceId: id, body: { fork_strategy: "PITR", commit: 2 } } as const;
    expect((await refusal(requestReset(actor, reset, options()))).message).toMatch(/fork the moment instead/);
  });

  test("ends all the same when it is a fork whose time is over, is not purged by a person, and is by its grace", async () => {
    const { actor, aService, clock } = fixture();
    const fork = await aFork((await aService()).service_id);
    await setState(control().db, fork, "READY");
    await protect(fork.service_id);
    clock.advance(3_600_000);
    await reapDue(clock.nowMs(), options());
    expect((await rowOf(control().db, fork)).status).toBe("EXPIRING");
    await expectRefused(requestPurge(actor, fork.service_id, options()), "PROTECTED");
    await setState(control().db, fork, "EXPIRED");
    clock.advance(86_400_000);
    await reapDue(clock.nowMs(), options());
    expect((await rowOf(control().db, fork)).status).toBe("PURGING");
  });

  test("stays so when it is asked again, and leaves one operation", async () => {
    const { service_id: id } = await fixture().aService();
    await protect(id);
    await protect(id);
    expect(await control().db.operation.count({ where: { kind: "protection" } })).toBe(1);
  });
});

describe("an allow list", () => {
  const set = (serviceId: string, allow_list: string[], actor: Actor = fixture().actor) =>
    setAllowList(actor, { serviceId, body: parseInput(allowListBody, { allow_list }) }, options());
  const isAllowed = (serviceId: string, address: string) => isAddressAllowed(control().db, serviceId, address);

  test("lets everyone in while it is empty, and then those alone who are on it", async () => {
    const { service_id: id } = await fixture().aService();
    expect(await isAllowed(id, "203.0.113.9")).toBe(true);
    await set(id, ["203.0.113.0/24", "2001:DB8::/32"]);
    const asked = ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8:1::1", "198.51.100.1", "::1", "127.0.0.1"];
    expect(await Promise.all(asked.map((address) => isAllowed(id, address)))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(await isAllowed("zzzzzzzzzz", "203.0.113.9")).toBe(false);
    await set(id, []);
    expect(await isAllowed(id, "198.51.100.1")).toBe(true);
  });

  test("is kept in one spelling, each entry once, and asks that sessions be looked at when it changed", async () => {
    const { service_id: id } = await fixture().aService();
    const { allow_list } = await set(id, [" 203.0.113.7 ", "203.0.113.7/32", "::ffff:203.0.113.7", "2001:db8:0::/32"]);
    expect(allow_list).toEqual(["203.0.113.7/32", "2001:db8::/32"]);
    await set(id, ["203.0.113.7", "2001:db8::/32"]);
    expect(await control().db.operation.count({ where: { kind: "allow_list" } })).toBe(1);
  });

  test("says whether whoever asks is let in", async () => {
    const { actor, aService } = fixture();
    const { service_id: id } = await aService();
    const from = (address: string | null): Actor => ({ ...actor, address });
    expect(await set(id, ["203.0.113.0/24"], from("198.51.100.1"))).toMatchObject({
      your_address: "198.51.100.1",
      lets_you_in: false,
    });
    expect(await getAllowList(from("::ffff:203.0.113.9"), id, options())).toMatchObject({ lets_you_in: true });
    expect(await getAllowList(from(null), id, options())).toMatchObject({ your_address: null, lets_you_in: null });
  });

  test("is a fork's own, as its source's was when it was made", async () => {
    const { service_id: id } = await fixture().aService();
    await set(id, ["203.0.113.0/24"]);
    const fork = await aFork(id);
    await set(id, []);
    expect((await rowOf(control().db, fork)).allowList).toEqual(["203.0.113.0/24"]);
  });

  test.each([
    [
      ["10.1.2.3/8"],
      "10.1.2.3/8 is an address in a network, not a network. Write 10.0.0.0/8 for the network, or the address alone.",
    ],
    [["localhost"], "localhost is no address and no range. Write it as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32."],
    [Array.from({ length: 101 }, (_, index) => `10.0.0.${index}`), "An allow list has at most 100 entries."],
  ])("is refused with a sentence", (allow_list, sentence) => {
    expect(() => parseInput(allowListBody, { allow_list })).toThrow(sentence);
  });
});

describe("labels and purpose", () => {
  test("are set, each without the other, and forgotten", async () => {
    const { actor, aService } = fixture();
    const { service_id: serviceId } = await aService();
    const set = (body: object) => setLabels(actor, { serviceId, body: parseInput(labelsBody, body) }, options());
    expect(await set({ labels: { team: "billing", ticket: "42" } })).toMatchObject({ labels: { team: "billing" } });
    expect(await set({ purpose: " rehearse the migration " })).toMatchObject({
      labels: { team: "billing", ticket: "42" },
      purpose: "rehearse the migration",
    });
    expect(await set({ labels: {}, purpose: null })).toMatchObject({ labels: {}, purpose: null });
    await set({ labels: {}, purpose: null });
    expect(await control().db.operation.count({ where: { kind: "labels" } })).toBe(3);
    expect(await getService(actor, serviceId, options())).toMatchObject({ labels: {}, purpose: null });
  });

  test.each([
    [{ labels: { team: "a\u0000b" } }],
    [{ purpose: "a\u0000b" }],
    [{ purpose: "x".repeat(201) }],
    [{ labels: { "": "x" } }],
    [{ labels: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`l${index}`, "x"])) }],
  ])("are refused where they do not fit: %#", (body) => {
    expect(() => parseInput(labelsBody, body)).toThrow();
  });
});
