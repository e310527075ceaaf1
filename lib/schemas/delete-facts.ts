import { z } from "zod";

/** What a person should know before a service is deleted (ux.md W9). Null where the engine does not answer. */
export const deleteFactsDto = z.object({
  service_id: z.string(),
  name: z.string(),
  environment: z.enum(["DEV", "PROD"]),
  connections: z.array(z.object({ application: z.string(), address: z.string(), since: z.string() })).nullable(),
  written_bytes: z.number().int().nullable(),
  /** Its living forks: they keep all their data. */
  forks: z.array(z.object({ service_id: z.string(), name: z.string() })),
  /** How long it can be restored. */
  grace_seconds: z.number().int(),
});
export type DeleteFactsDto = z.infer<typeof deleteFactsDto>;
