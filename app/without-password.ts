import type { ServiceDto } from "@/lib/schemas/service";

/** The API's answer holds the first password; the console's browser gets it only when the person reveals it. */
export function withoutPassword({ initial_password: _, ...service }: ServiceDto): ServiceDto {
  return service;
}
