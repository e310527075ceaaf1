import { z } from "zod";
import { role } from "./role";
import { TTL_SHORTEST_SECONDS } from "./service";
import { nameSize, OFFERED_SIZES } from "./size";

const DAY = 86_400;
const LIMITS = {
  max_ttl_seconds: { min: TTL_SHORTEST_SECONDS, max: 366 * DAY, what: "The longest lifetime", unit: "seconds" },
  default_ttl_seconds: { min: TTL_SHORTEST_SECONDS, max: 366 * DAY, what: "The default lifetime", unit: "seconds" },
  grace_seconds: { min: 0, max: 90 * DAY, what: "The grace", unit: "seconds" },
  postpone_seconds: { min: 0, max: DAY, what: "A postponement", unit: "seconds" },
  max_forks: { min: 0, max: 10_000, what: "The number of forks", unit: "" },
  max_running: { min: 1, max: 1_000, what: "The number of running computes", unit: "" },
  max_store_bytes: { min: 0, max: Number.MAX_SAFE_INTEGER, what: "The bytes of the store", unit: "" },
} as const;

function whole(field: keyof typeof LIMITS) {
  const { min, max, what, unit } = LIMITS[field];
  const sentence = `${what} is a whole number from ${min} to ${max}${unit && ` ${unit}`}.`;
  return z
    .number({ error: sentence })
    .int({ error: sentence })
    .min(min, { error: sentence })
    .max(max, { error: sentence });
}

const SIZE_NAMES = OFFERED_SIZES.map(nameSize);
const plan = z
  .array(z.enum(SIZE_NAMES as [string, ...string[]], `A size is one of ${SIZE_NAMES.join(", ")}.`))
  .min(1, "A plan has at least one size.");

/** The rules of a project. */
export const policyDto = z.object({
  /** Null: a fork that names no end is refused. */
  default_ttl_seconds: z.number().int().nullable(),
  max_ttl_seconds: z.number().int(),
  /** Whether a fork may live for ever, for a reason. */
  allow_never: z.boolean(),
  /** How long what was deleted or has expired can be restored. */
  grace_seconds: z.number().int(),
  /** What happens at the end of a fork that somebody works with: it is put off once, or stops. */
  on_expiry: z.enum(["postpone", "stop"]),
  /** By how much at most, and never by more than the life that was asked for. */
  postpone_seconds: z.number().int(),
  /** The least role that may fork a PROD service. */
  fork_prod_role: role,
  max_forks: z.number().int(),
  max_running: z.number().int(),
  /** Null: bounded by the disk alone. */
  max_store_bytes: z.number().int().nullable(),
  /** Named classes of sizes: `{"development": ["shared", "500/2"]}`. */
  plans: z.record(z.string(), z.array(z.string())),
});
export type PolicyDto = z.infer<typeof policyDto>;

const PLANS_MAX = 10;

/** What is left out stays as it is. */
export const putPolicyBody = z.strictObject({
  default_ttl_seconds: whole("default_ttl_seconds").nullable().optional(),
  max_ttl_seconds: whole("max_ttl_seconds").optional(),
  allow_never: z.boolean({ error: "This is true or false." }).optional(),
  grace_seconds: whole("grace_seconds").optional(),
  on_expiry: z.enum(["postpone", "stop"], "This must be postpone or stop.").optional(),
  postpone_seconds: whole("postpone_seconds").optional(),
  fork_prod_role: z.enum(role.options, "This must be viewer, developer, admin or owner.").optional(),
  max_forks: whole("max_forks").optional(),
  max_running: whole("max_running").optional(),
  max_store_bytes: whole("max_store_bytes").nullable().optional(),
  /** Null: the installation's. */
  plans: z
    .record(z.string().min(1, "A plan has a name.").max(64, "A plan's name has at most 64 characters."), plan)
    .refine((plans) => Object.keys(plans).length <= PLANS_MAX, `At most ${PLANS_MAX} plans.`)
    .nullable()
    .optional(),
});
export type PutPolicyBody = z.infer<typeof putPolicyBody>;
