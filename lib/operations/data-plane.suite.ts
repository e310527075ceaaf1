import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "@/lib/std/ids";
import type { DataPlane } from "./data-plane";

/** A data plane to try, the image its services have, and ports that nobody uses. */
export interface DataPlaneUnderTest {
  readonly plane: DataPlane;
  readonly imageId: string;
  nextPort(): Promise<number>;
  close(): Promise<void>;
}

/** What every data plane promises to the operations, whatever it is made of. */
export function describeDataPlane(name: string, make: () => Promise<DataPlaneUnderTest>): void {
  describe(name, () => {
    let it: DataPlaneUnderTest;
    let templateId: string;
    beforeAll(async () => {
      it = await make();
      templateId = await it.plane.templates.ensure(it.imageId);
    });
    afterAll(() => it.close());

    async function aRunningService() {
      const compute = {
        serviceId: newId(),
        volumeId: newId(),
        imageId: it.imageId,
        size: { cpuMillis: 500, memoryGbs: 2 },
      };
      const endpoint = { serviceId: compute.serviceId, port: await it.nextPort() };
      await it.plane.volumes.fork(templateId, compute.volumeId);
      await it.plane.computes.start(compute);
      await it.plane.endpoints.open(endpoint);
      return { ...compute, endpoint };
    }

    async function remove({ serviceId, volumeId }: { serviceId: string; volumeId: string }) {
      await it.plane.endpoints.close(serviceId, "removed by the test");
      await it.plane.computes.stop(serviceId);
      await it.plane.volumes.delete(volumeId);
    }

    test("an image's template is made once", async () => {
      expect(await it.plane.templates.ensure(it.imageId)).toBe(templateId);
      expect(await it.plane.volumes.find(templateId)).toBeDefined();
    });

    test("a fork asked for twice is one, from one moment, though its source moved on", async () => {
      const source = await aRunningService();
      const volumeId = newId();
      const first = await it.plane.volumes.fork(source.volumeId, volumeId);
      await it.plane.computes.settle(source.serviceId, "fork");
      expect(await it.plane.volumes.fork(source.volumeId, volumeId)).toEqual(first);
      await it.plane.volumes.delete(volumeId);
      await remove(source);
    });

    test("a fork of a commit that is kept starts there, though its source moved on", async () => {
      const source = await aRunningService();
      const before = await it.plane.volumes.find(source.volumeId);
      if (!before) throw new Error("a running service has a volume");
      await it.plane.endpoints.check(source.serviceId);
      await it.plane.computes.settle(source.serviceId, "snapshot");
      const volumeId = newId();
      const { commit, micros } = await it.plane.volumes.fork(source.volumeId, volumeId, before.commit);
      expect([commit, micros]).toEqual([before.commit, before.micros]);
      await it.plane.volumes.delete(volumeId);
      await remove(source);
    });

    test("a commit that is not kept is refused, and nothing is made", async () => {
      const volumeId = newId();
      const source = await aRunningService();
      const asked = it.plane.volumes.fork(source.volumeId, volumeId, 1_000_000);
      await expect(asked).rejects.toMatchObject({ code: "TARGET_OUTSIDE_WAL_WINDOW" });
      expect(await it.plane.volumes.find(volumeId)).toBeUndefined();
      await remove(source);
    });

    test("a snapshot taken twice is one, of one commit", async () => {
      const source = await aRunningService();
      const snapshot = { snapshotId: newId(), name: "before" };
      const first = await it.plane.volumes.takeSnapshot(source.volumeId, snapshot);
      await it.plane.computes.settle(source.serviceId, "snapshot");
      expect(await it.plane.volumes.takeSnapshot(source.volumeId, snapshot)).toMatchObject({
        commit: first.commit,
        micros: first.micros,
      });
      await remove(source);
    });

    test("a window is set, and a hold that is not there is released, as often as asked", async () => {
      const volumeId = newId();
      await it.plane.volumes.fork(templateId, volumeId);
      for (let round = 0; round < 2; round++) {
        await it.plane.volumes.retain(volumeId, { micros: 3_600_000_000, bytes: 1024 ** 3 });
        await it.plane.volumes.release(volumeId, newId());
      }
      await it.plane.volumes.delete(volumeId);
      await it.plane.volumes.release(volumeId, newId());
    });

    test("a deleted volume is gone, and deleting it again is fine", async () => {
      const volumeId = newId();
      await it.plane.volumes.fork(templateId, volumeId);
      expect(await it.plane.volumes.find(volumeId)).toBeDefined();
      await it.plane.volumes.delete(volumeId);
      await it.plane.volumes.delete(volumeId);
      expect(await it.plane.volumes.find(volumeId)).toBeUndefined();
    });

    test("a service answers once it is started and opened, and doing that again changes nothing", async () => {
      const service = await aRunningService();
      await it.plane.endpoints.check(service.serviceId);
      await it.plane.computes.start(service);
      await it.plane.endpoints.open(service.endpoint);
      await it.plane.endpoints.check(service.serviceId);
      await remove(service);
    });

    test("a closed endpoint does not answer, and closing it again is fine", async () => {
      const service = await aRunningService();
      await it.plane.endpoints.close(service.serviceId, "closed by the test");
      await it.plane.endpoints.close(service.serviceId, "closed by the test");
      await expect(it.plane.endpoints.check(service.serviceId)).rejects.toThrow();
      await remove(service);
    });

    test("a port that is held by another is a conflict", async () => {
      const [one, other] = [await aRunningService(), await aRunningService()];
      await it.plane.endpoints.close(other.serviceId, "moved by the test");
      const asked = it.plane.endpoints.open({ serviceId: other.serviceId, port: one.endpoint.port });
      await expect(asked).rejects.toMatchObject({ code: "CONFLICT" });
      await remove(one);
      await remove(other);
    });

    test("what runs no longer can be stopped, settled and closed without harm", async () => {
      const serviceId = newId();
      await it.plane.computes.stop(serviceId);
      await it.plane.computes.settle(serviceId, "fork");
      await it.plane.endpoints.close(serviceId, "never opened");
    });

    test("a stopped service starts again on its volume", async () => {
      const service = await aRunningService();
      await it.plane.computes.stop(service.serviceId);
      await it.plane.computes.start(service);
      await it.plane.endpoints.check(service.serviceId);
      await remove(service);
    });
  });
}
