import { z } from "zod";
import { operationDto, operationKind } from "./operation";

/** How far an operation is; its service has to be looked at anew. */
export const operationProgress = z.object({
  kind: z.literal("operation"),
  operation_id: z.string(),
  service_id: z.string(),
  operation: operationKind,
  state: operationDto.shape.state,
  step: z.string().nullable(),
  percent: z.number().int().nullable(),
  error: z.string().nullable(),
});
export type OperationProgress = z.infer<typeof operationProgress>;
