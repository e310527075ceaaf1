import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { aFork } from "@/lib/testing/service-fixtures";
import { type ServicesData, serviceKeys } from "./services";
import { hideService } from "./services-cache";

function aCache(...names: string[]): QueryClient {
  const cache = new QueryClient();
  const data: ServicesData = {
    server_time: "2026-11-23T10:00:00Z",
    engine: "ok",
    services: names.map((name) => aFork(name)),
  };
  cache.setQueryData(serviceKeys.list, data);
  return cache;
}

const names = (cache: QueryClient) =>
  cache.getQueryData<ServicesData>(serviceKeys.list)?.services.map(({ name }) => name);

test("a deleted fork leaves the list at once, and comes back in its place when the server refuses", async () => {
  const cache = aCache("a", "b", "c");
  const hidden = await hideService(cache, "b");
  expect(names(cache)).toEqual(["a", "c"]);
  hidden.undo();
  expect(names(cache)).toEqual(["a", "b", "c"]);
});

test("hiding in a list that was never loaded makes none up", async () => {
  const cache = new QueryClient();
  await hideService(cache, "b");
  expect(names(cache)).toBeUndefined();
});
