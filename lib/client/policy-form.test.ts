import { expect, test } from "vitest";
import type { PolicyDto } from "@/lib/schemas/policy";
import { readPolicyForm, writePolicyForm } from "./policy-form";

const policy: PolicyDto = {
  default_ttl_seconds: 86_400,
  max_ttl_seconds: 30 * 86_400,
  allow_never: false,
  grace_seconds: 86_400,
  on_expiry: "postpone",
  postpone_seconds: 1_800,
  fork_prod_role: "developer",
  max_forks: 500,
  max_running: 64,
  max_store_bytes: 123_456_789_012,
  plans: {},
};
const shown = writePolicyForm(policy);

test("a form that nobody changed sends nothing, though a size is shown rounded", () => {
  expect(readPolicyForm(shown, shown)).toEqual({ ok: true, body: {} });
});

test("what was changed is sent as the request wants it, and emptied fields as none", () => {
  const form = {
    ...shown,
    default_ttl_seconds: "",
    max_ttl_seconds: "7d",
    allow_never: true,
    max_store_bytes: " 2 GiB ",
  };
  expect(readPolicyForm(form, shown)).toEqual({
    ok: true,
    body: { default_ttl_seconds: null, max_ttl_seconds: 604_800, allow_never: true, max_store_bytes: 2 ** 31 },
  });
});

test.each([
  ["grace_seconds", "soon"],
  ["max_forks", "many"],
  ["max_store_bytes", "big"],
] as const)("%s as %s is refused at its field", (field, text) =>
  expect(readPolicyForm({ ...shown, [field]: text }, shown)).toMatchObject({ ok: false, field }),
);
