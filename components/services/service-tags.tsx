import { Tag } from "@/components/ui/tag";
import type { ServiceDto } from "@/lib/schemas/service";

/** A scrub found damage; the service's page says where. Nothing while there is none. */
export function DamageTag({ service: { damages } }: { service: Pick<ServiceDto, "damages"> }) {
  return damages ? <Tag tone="prod">DAMAGED</Tag> : null;
}

/** PROD stands out; DEV is quiet. */
export function EnvironmentTag({ service }: { service: Pick<ServiceDto, "metadata"> }) {
  const { environment } = service.metadata;
  return <Tag tone={environment === "PROD" ? "prod" : "quiet"}>{environment}</Tag>;
}
