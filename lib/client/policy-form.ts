import type { PolicyDto, PutPolicyBody } from "@/lib/schemas/policy";
import { findBytes, findDurationSeconds, formatBytes } from "@/lib/std/format";
import { writeLength } from "./lifetime";

/** The form of a policy, as typed. */
export interface PolicyForm {
  readonly default_ttl_seconds: string;
  readonly max_ttl_seconds: string;
  readonly allow_never: boolean;
  readonly grace_seconds: string;
  readonly on_expiry: "postpone" | "stop";
  readonly postpone_seconds: string;
  readonly fork_prod_role: PolicyDto["fork_prod_role"];
  readonly max_forks: string;
  readonly max_running: string;
  readonly max_store_bytes: string;
}

export type PolicyField = keyof PolicyForm;

export const writePolicyForm = (policy: PolicyDto): PolicyForm => ({
  default_ttl_seconds: policy.default_ttl_seconds === null ? "" : writeLength(policy.default_ttl_seconds),
  max_ttl_seconds: writeLength(policy.max_ttl_seconds),
  allow_never: policy.allow_never,
  grace_seconds: writeLength(policy.grace_seconds),
  on_expiry: policy.on_expiry,
  postpone_seconds: writeLength(policy.postpone_seconds),
  fork_prod_role: policy.fork_prod_role,
  max_forks: String(policy.max_forks),
  max_running: String(policy.max_running),
  max_store_bytes: policy.max_store_bytes === null ? "" : formatBytes(policy.max_store_bytes),
});

export type PolicyReading =
  | { readonly ok: true; readonly body: PutPolicyBody }
  | { readonly ok: false; readonly field: PolicyField; readonly problem: string };

const LENGTH = "Write a length like 4h, 2d4h or 90m.";
const COUNT = "Write a whole number.";
const SIZE = "Write a size like 500 GiB, or leave it empty.";

/** What is sent: only what was changed, so that a figure that is shown rounded is not set to that. */
export function readPolicyForm(form: PolicyForm, shown: PolicyForm): PolicyReading {
  const body: Record<string, unknown> = {};
  for (const field of Object.keys(form) as PolicyField[]) {
    const value = form[field];
    if (value === shown[field]) continue;
    const read = typeof value === "string" && FORMATS[field] ? FORMATS[field](value.trim()) : value;
    if (read === undefined) return { ok: false, field, problem: PROBLEMS[field] ?? COUNT };
    body[field] = read;
  }
  return { ok: true, body };
}

type Read = (text: string) => number | null | undefined;

const orEmpty =
  (read: Read): Read =>
  (text) =>
    text === "" ? null : read(text);
const count: Read = (text) => (/^\d{1,6}$/.test(text) ? Number(text) : undefined);

const FORMATS: Partial<Record<PolicyField, Read>> = {
  default_ttl_seconds: orEmpty(findDurationSeconds),
  max_ttl_seconds: findDurationSeconds,
  grace_seconds: findDurationSeconds,
  postpone_seconds: findDurationSeconds,
  max_forks: count,
  max_running: count,
  max_store_bytes: orEmpty((text) => findBytes(text.replaceAll("\u00a0", " "))),
};

const PROBLEMS: Partial<Record<PolicyField, string>> = {
  default_ttl_seconds: `${LENGTH} Empty: each fork names its own.`,
  max_ttl_seconds: LENGTH,
  grace_seconds: LENGTH,
  postpone_seconds: LENGTH,
  max_store_bytes: SIZE,
};
