import { expect, test } from "vitest";
import { computeSuite } from "./compute.suite";

computeSuite("postgres-18", (context) => {
  test("a template that was half made when the engine was killed is made again", async () => {
    const { fixture, service } = context;
    const template = await fixture.host.ensureTemplate(service.imageId);
    expect((await fixture.store.list()).map(({ volumeId }) => volumeId)).toContain(template);
    await fixture.store.delete(template);
    const workshop = template.replace("tpl", "wrk");
    await fixture.store.create(workshop);
    expect(await fixture.host.ensureTemplate(service.imageId)).toBe(template);
    expect(await fixture.store.find(workshop)).toBeUndefined();
    const fresh = await fixture.create(service.imageId);
    expect(await fresh.sql.query("SELECT current_database()")).toEqual([["tsdb"]]);
    await fresh.compute.stop();
  });

  test("what ALTER SYSTEM acknowledged survives a kill", async () => {
    const { fixture } = context;
    const service = await fixture.create(context.service.imageId);
    await service.sql.query("ALTER SYSTEM SET work_mem = '7777kB'");
    await service.compute.kill();
    const again = await fixture.start(service);
    expect(await again.sql.query("SHOW work_mem")).toEqual([["7777kB"]]);
    await again.compute.stop();
  });
});
