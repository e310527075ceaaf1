import { type ClassValue, clsx } from "clsx";
import { twMerge } from "tailwind-merge";

/** Joins class names; of two that say the same thing the later wins, so that a caller can change a default. */
export const cn = (...names: ClassValue[]): string => twMerge(clsx(names));
