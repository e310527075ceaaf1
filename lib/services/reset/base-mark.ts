import type { HoldFacts } from "@/lib/engine-client";

/**
 * Whether this keeps the commit that a fork began with, so that a reset can go back to it when the window has moved on: a hold
 * without end that has the volume's own id. It is nobody's to see or to end.
 */
export const isBaseMark = ({ holdId }: Pick<HoldFacts, "holdId">, volumeId: string): boolean => holdId === volumeId;
