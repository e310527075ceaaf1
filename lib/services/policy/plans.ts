import { z } from "zod";
import { isShared, nameSize, OFFERED_SIZES } from "@/lib/schemas/size";

/** Named classes of sizes, by the sizes' names. */
export type Plans = Readonly<Record<string, string[]>>;

const DEVELOPMENT_UP_TO_MILLIS = 500;

/** What an installation begins with. */
const PLANS: Plans = {
  development: OFFERED_SIZES.filter((size) => isShared(size) || size.cpuMillis <= DEVELOPMENT_UP_TO_MILLIS).map(
    nameSize,
  ),
  performance: OFFERED_SIZES.map(nameSize),
};

const stored = z.record(z.string(), z.array(z.string()));

/** A project's plans, from its row. */
export const readPlans = (plans: unknown): Record<string, string[]> => ({ ...(plans ? stored.parse(plans) : PLANS) });
