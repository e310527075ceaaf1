import { describe, expect, it } from "vitest";
import { activityHref, listChangedFields, sayOrigin } from "./activity";

describe("an entry of the activity", () => {
  it("says each changed field as it was and as it is", () => {
    const [before, after] = [
      { name: "prod", expiresAt: null },
      { name: "production", allowList: ["10.0.0.0/8"] },
    ];
    expect(listChangedFields({ before, after })).toEqual([
      { name: "allow list", before: null, after: '["10.0.0.0/8"]' },
      { name: "expires at", before: null, after: null },
      { name: "name", before: "prod", after: "production" },
    ]);
    expect(listChangedFields({ before: null, after: null })).toEqual([]);
  });

  it("says where it came from, with the address where one is known", () => {
    const actor = { id: null, name: "ci" };
    expect(sayOrigin({ ...actor, via: "api", address: "203.0.113.7" })).toBe("API, 203.0.113.7");
    expect(sayOrigin({ ...actor, via: "ttl", address: null })).toBe("end of its life");
  });
});

it("the filter of the activity is its address", () => {
  expect(activityHref({ actor: "ada", before: "40" }, { action: "keys", before: "" })).toBe(
    "/activity?actor=ada&action=keys",
  );
  expect(activityHref({}, {})).toBe("/activity");
});
