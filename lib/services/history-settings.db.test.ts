import { describe, expect, test } from "vitest";
import { startControlDatabase } from "@/lib/testing/control-database";
import { startHistory } from "@/lib/testing/history-fixture";
import { expectRefused, operationsOf, setState } from "@/lib/testing/request-fixture";
import { makeActor } from "@/lib/testing/services-context";
import { changeHistorySettings, getHistorySettings, requestCreate } from ".";

const control = startControlDatabase();
const fixture = startHistory(control);
const options = () => ({ context: fixture().context });
const DEFAULTS = {
  retention_seconds: 86_400,
  retention_bytes: 8 * 1024 ** 3,
  snapshot_interval_seconds: 3_600,
  snapshots_kept: 24,
};

describe("the settings of history", () => {
  test("of a new service are the installation's", async () => {
    const { actor, context } = fixture();
    const history = { ...DEFAULTS, retention_seconds: 7_200, snapshot_interval_seconds: null };
    const { service_id } = await requestCreate(actor, { name: "prod" }, { context: { ...context, history } });
    expect(await getHistorySettings(actor, service_id, options())).toEqual(history);
  });

  test("change in what was named, by an operation, and the audit says who changed what", async () => {
    const { actor, aService } = fixture();
    const service = await aService();
    const body = { retention_bytes: 1024 ** 4, snapshot_interval_seconds: null };
    const changed = await changeHistorySettings(actor, { serviceId: service.service_id, body }, options());
    expect(changed).toEqual({ ...DEFAULTS, ...body });
    expect(await getHistorySettings(actor, service.service_id, options())).toEqual(changed);
    expect((await operationsOf(control().db, service)).at(-1)).toMatchObject({
      kind: "settings",
      requestedBy: actor.name,
      steps: [{ name: "apply" }],
    });
    expect(
      await control().db.auditEntry.findMany({ where: { projectId: actor.projectId, action: "service.retention" } }),
    ).toMatchObject([
      {
        actorName: actor.name,
        action: "service.retention",
        objectId: service.service_id,
        before: { snapshotIntervalSeconds: 3_600 },
        after: { snapshotIntervalSeconds: null },
      },
    ]);
  });

  test("that are as they were ask for nothing, and naming none is refused", async () => {
    const { actor, aService } = fixture();
    const service = await aService();
    const change = (body: object) => changeHistorySettings(actor, { serviceId: service.service_id, body }, options());
    expect(await change({ snapshots_kept: 24 })).toEqual(DEFAULTS);
    await expectRefused(change({}), "INVALID_REQUEST");
    expect(await operationsOf(control().db, service)).toHaveLength(1);
    expect(
      await control().db.auditEntry.count({ where: { projectId: actor.projectId, action: "service.retention" } }),
    ).toBe(0);
  });

  test("are known and changed while the engine is silent", async () => {
    const { actor, aService, silence } = fixture();
    const { service_id: serviceId } = await aService();
    await silence();
    await changeHistorySettings(actor, { serviceId, body: { snapshots_kept: 3 } }, options());
    expect(await getHistorySettings(actor, serviceId, options())).toMatchObject({ snapshots_kept: 3 });
  });

  test("are nobody else's, and of a deleted service wait for its restore", async () => {
    const { actor, aService } = fixture();
    const service = await aService();
    const ask = { serviceId: service.service_id, body: { snapshots_kept: 3 } };
    const stranger = await makeActor(control().db);
    await expectRefused(getHistorySettings(stranger, service.service_id, options()), "NOT_FOUND");
    await expectRefused(changeHistorySettings(stranger, ask, options()), "NOT_FOUND");
    await setState(control().db, service, "CONFIGURING");
    await expectRefused(changeHistorySettings(actor, ask, options()), "SOURCE_BUSY");
    await setState(control().db, service, "DELETED");
    const { message } = await expectRefused(changeHistorySettings(actor, ask, options()), "NOT_FOUND");
    expect(message).toBe(
      "prod is in Recently deleted. Its history is still there: restore it to read it (POST …/restore).",
    );
  });
});
