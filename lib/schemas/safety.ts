import { z } from "zod";
import { formatCidr, parseCidr, widenToNetwork } from "@/lib/std/cidr";
import { labelsField, purposeField } from "./service";

/** Each new connection is compared with all of them; a longer list belongs into a firewall. */
export const ALLOW_LIST_MAX = 100;

/** An entry of an allow list, in its one spelling: `203.0.113.0/24`, `2001:db8::/32`, an address alone. */
const allowed = z.string().transform((text, refusal) => {
  const cidr = parseCidr(text.trim());
  if (typeof cidr !== "string") return formatCidr(cidr);
  const network = widenToNetwork(text.trim());
  const message =
    cidr === "host bits" && network !== undefined
      ? `${text.trim()} is an address in a network, not a network. Write ${network} for the network, or the address alone.`
      : `${text.trim().slice(0, 50)} is no address and no range. Write it as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.`;
  refusal.addIssue({ code: "custom", message });
  return z.NEVER;
});

export const allowListBody = z.strictObject({
  /** Empty: everyone may connect. */
  allow_list: z
    .array(allowed)
    .max(ALLOW_LIST_MAX, `An allow list has at most ${ALLOW_LIST_MAX} entries.`)
    .transform((entries) => [...new Set(entries)]),
});
export type AllowListBody = z.infer<typeof allowListBody>;

export const allowListDto = z.object({
  allow_list: z.array(z.string()),
  /** Where this question came from; null when that is not known. */
  your_address: z.string().nullable(),
  /** Whether that address may connect; null when it is not known. */
  lets_you_in: z.boolean().nullable(),
});
export type AllowListDto = z.infer<typeof allowListDto>;

export const protectionBody = z.strictObject({ protected: z.boolean() });
export type ProtectionBody = z.infer<typeof protectionBody>;

/** What is left out stays as it is; null forgets the purpose. */
export const labelsBody = z.strictObject({
  labels: labelsField.optional(),
  purpose: purposeField.nullable().optional(),
});
export type LabelsBody = z.infer<typeof labelsBody>;

/** What a fork cannot do until somebody switches it on. */
export const disarmedKind = z.enum(["role_password", "job", "subscription"]);
export type DisarmedKind = z.infer<typeof disarmedKind>;

/** What a person is shown of it, and what switching it on needs. Never a secret. */
export const disarmedDetails = z.object({
  job_id: z.number().int().optional(),
  /** `public.policy_retention`, every `1 day`, on `public.flights`. */
  runs: z.string().optional(),
  every: z.string().optional(),
  on: z.string().optional(),
});
export type DisarmedDetails = z.infer<typeof disarmedDetails>;

export const disarmedDto = z.object({
  id: z.string(),
  kind: disarmedKind,
  name: z.string(),
  details: disarmedDetails,
  disarmed_at: z.string(),
  /** When it was switched on, or left on at the request of who made the fork; null while it is off. */
  armed_at: z.string().nullable(),
  armed_by: z.string().nullable(),
});
export type DisarmedDto = z.infer<typeof disarmedDto>;

export const armBody = z.strictObject({
  /** Of a role, and of nothing else. */
  password: z
    .string()
    .min(8, "A password has at least 8 characters.")
    .max(128, "A password has at most 128 characters.")
    .optional(),
});
export type ArmBody = z.infer<typeof armBody>;
