import { expect, test } from "vitest";
import { forkHref, serviceHref, toReturnPath } from "./routes";

test("a fork has its page under forks, a service under services", () => {
  expect(serviceHref({ service_id: "abcdefghij", forked_from: null })).toBe("/services/abcdefghij");
  const forked_from = { project_id: "p", service_id: "s", is_standby: false as const, name: "prod", deleted: false };
  expect(serviceHref({ service_id: "abcdefghij", forked_from })).toBe("/forks/abcdefghij");
});

test("a source's name survives the URL", () => {
  expect(new URL(forkHref("a&b ü"), "http://x").searchParams.get("source")).toBe("a&b ü");
});

test("signing in returns to this console only", () => {
  expect(toReturnPath("/forks?q=a")).toBe("/forks?q=a");
  for (const elsewhere of ["//evil.example", "/\\evil.example", "https://evil.example", "/login", "", null])
    expect(toReturnPath(elsewhere)).toBe("/services");
});
