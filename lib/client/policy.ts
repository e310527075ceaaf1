import type { PolicyDto } from "@/lib/schemas/policy";
import { formatBytes } from "@/lib/std/format";
import { sayLength } from "./lifetime";

/** The rules of a project, in words. */
export function listPolicyFacts(policy: PolicyDto): { term: string; value: string }[] {
  const { default_ttl_seconds, max_ttl_seconds, allow_never, grace_seconds, on_expiry, postpone_seconds } = policy;
  const postponed = `go on once for ${sayLength(postpone_seconds)} at most, never longer than their own TTL`;
  return [
    {
      term: "Default TTL",
      value: default_ttl_seconds === null ? "none: each fork names its own" : sayLength(default_ttl_seconds),
    },
    { term: "Longest TTL", value: sayLength(max_ttl_seconds) },
    { term: "Never", value: allow_never ? "allowed, with a reason" : "not allowed" },
    { term: "With clients at the end", value: on_expiry === "stop" ? "stop" : postponed },
    {
      term: "Grace",
      value: grace_seconds === 0 ? "none: purged at once" : `restorable for ${sayLength(grace_seconds)}`,
    },
    { term: "PROD may be forked by", value: `${policy.fork_prod_role} and above` },
    { term: "Forks at most", value: String(policy.max_forks) },
    { term: "Running at most", value: String(policy.max_running) },
    {
      term: "Store at most",
      value: policy.max_store_bytes === null ? "what the disk holds" : formatBytes(policy.max_store_bytes),
    },
  ];
}
